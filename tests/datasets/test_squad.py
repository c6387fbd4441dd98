import json

import pytest

from carrel.datasets import GoldSpan, held_out_titles, read_squad, read_squad_set, sample_questions
from carrel.errors import DataFormatError


def squad(answer_start: int = 0) -> str:
    answers = [{"text": "Ada", "answer_start": answer_start}, {"text": "Ada", "answer_start": answer_start}]
    questions = [
        {"id": "1", "question": "Who?", "answers": answers},
        {
            "id": "2",
            "question": "When?",
            "is_impossible": True,
            "answers": [],
            "plausible_answers": [{"text": "x", "answer_start": 9}],
        },
    ]
    paragraphs = [{"context": "Ada wrote.\nIt ran.", "qas": questions}, {"context": "Later 🐝.", "qas": []}]
    return json.dumps({"version": "v2.0", "data": [{"title": "Ada", "paragraphs": paragraphs}]})


def test_reads_questions_with_their_paragraph(put) -> None:
    (article,) = read_squad(put("dev.json", squad()))
    assert article.paragraphs == ("Ada wrote.\nIt ran.", "Later 🐝.")
    first, second = article.questions
    assert first.answers == (GoldSpan("Ada", 0),), "annotators who agree count once"
    assert first.context == article.paragraphs[0]
    assert second.answers == (), "plausible answers are not gold"


def test_an_article_as_one_document(put) -> None:
    dataset = read_squad_set(put("dev.json", squad()))
    assert dataset.name == "dev"
    assert dataset.articles[0].text == "Ada wrote.\nIt ran.\n\nLater 🐝."
    assert [question.id for question in dataset.questions] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (squad(answer_start=1), "question 1: 'Ada' is not at offset 1"),
        ("{\n nothing", "line 2: not JSON"),
        ('{"data": [{"title": "A"}]}', "is JSON, but not SQuAD: KeyError: 'paragraphs'"),
        ("[]", "is JSON, but not SQuAD: TypeError"),
    ],
)
def test_errors_say_what_is_wrong(put, text, message) -> None:
    with pytest.raises(DataFormatError, match=message):
        read_squad(put("dev.json", text))


def test_a_broken_archive(tmp_path) -> None:
    (tmp_path / "dev.json.gz").write_bytes(b"no gzip")
    with pytest.raises(DataFormatError, match="cannot be read as text: BadGzipFile"):
        read_squad(tmp_path / "dev.json")


def test_a_missing_file_names_both_places(tmp_path) -> None:
    with pytest.raises(DataFormatError, match=r"No such dataset file: .*dev\.json \(looked for dev\.json\.gz too\)"):
        read_squad(tmp_path / "dev.json")


def test_samples_are_seeded(put) -> None:
    questions = read_squad_set(put("dev.json", squad())).questions * 50
    assert sample_questions(questions, 5) == sample_questions(questions, 5)
    assert sample_questions(questions, 5, seed=1) != sample_questions(questions, 5)
    assert sample_questions(questions, 1000) == questions
    assert held_out_titles(["b", "a", "b"], count=5) == ["a", "b"]


def test_the_published_files(carrel_data) -> None:
    dev = read_squad_set(carrel_data / "squad" / "dev-v1.1.json")
    assert (len(dev.articles), len(dev.questions)) == (48, 10570)
    second = read_squad_set(carrel_data / "squad" / "dev-v2.0.json.gz").questions
    assert (len(second), sum(not question.answers for question in second)) == (11873, 5945)
