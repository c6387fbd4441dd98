import csv
import io

import pytest

from carrel.datasets import GoldSpan, read_subjqa
from carrel.datasets.subjqa import COLUMNS
from carrel.errors import DataFormatError

REVIEW = "It's loud, but light. ANSWERNOTFOUND"
NONE = ("ANSWERNOTFOUND", "(22, 36)")


def table(*rows: tuple[str, str, str, str, str, str]) -> str:
    """Rows of (question id, question, review id, review, listed answer, indices), all of one product."""
    out = io.StringIO()
    writer = csv.DictWriter(out, (*COLUMNS, "domain"))
    writer.writeheader()
    for identifier, question, review_id, review, listed, indices in rows:
        values = ("item", question, identifier, review_id, review, listed, indices, "electronics")
        writer.writerow(dict(zip((*COLUMNS, "domain"), values, strict=True)))
    return out.getvalue()


def read(put, *rows):
    return read_subjqa(put("electronics-test.csv", table(*rows)))


def test_the_marker_is_no_part_of_the_review(put) -> None:
    dataset = read(put, ("q1", "How loud?", "r1", REVIEW, *NONE))
    assert dataset.name == "electronics-test"
    assert [review.text for review in dataset.reviews] == ["It's loud, but light."]
    assert dataset.questions[0].answers == ()
    assert dataset.mismatches == ()


def test_one_annotator_makes_a_question_answerable(put) -> None:
    dataset = read(
        put,
        ("q1", "How loud?", "r1", REVIEW, *NONE),
        ("q1", "How loud?", "r1", REVIEW, "loud", "(5, 9)"),
        ("q1", "How loud?", "r1", REVIEW, "loud", "(5, 9)"),
    )
    assert len(dataset.rows) == 3
    assert len(dataset.questions) == 1
    assert dataset.questions[0].answers == (GoldSpan("loud", 5),)


def test_gold_text_is_the_reviews_own_and_differences_are_listed(put) -> None:
    dataset = read(
        put,
        ("q1", "a", "r1", REVIEW, "It 's loud ,", "(0, 10)"),
        ("q2", "b", "r1", REVIEW, "loud light", "(5, 20)"),
        ("q3", "c", "r1", REVIEW, "but light . ANSWERNOTFOUND", "(11, 36)"),
    )
    assert [question.answers[0].text for question in dataset.questions] == [
        "It's loud,",
        "loud, but light",
        "but light.",
    ]
    assert [(m.question_id, m.kind) for m in dataset.mismatches] == [
        ("q1", "spacing"),
        ("q2", "words"),
        ("q3", "outside"),
    ]


def test_groups_join_reviews_of_one_product(put) -> None:
    dataset = read(
        put,
        ("q1", "How loud?", "r1", REVIEW, "loud", "(5, 9)"),
        ("q2", "How loud?", "r2", "Silent. ANSWERNOTFOUND", *NONE),
        ("q3", "How heavy?", "r2", "Silent. ANSWERNOTFOUND", *NONE),
    )
    assert [(group.question, group.answering_reviews) for group in dataset.groups] == [
        ("How loud?", ("r1",)),
        ("How heavy?", ()),
    ]
    retrieval = dataset.retrieval_set()
    assert retrieval.qrels == {"q1": {"r1": 1}}
    assert [(query.text, query.filters) for query in retrieval.queries] == [
        ("How loud?", {"field": "meta.item_id", "operator": "==", "value": "item"})
    ]
    assert [(document.id, document.meta) for document in retrieval.documents] == [
        ("r1", {"item_id": "item"}),
        ("r2", {"item_id": "item"}),
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("q1", "a", "r1", REVIEW, "loud", "5-9")], r"line 2: human_ans_indices must read"),
        ([("q1", "a", "r1", REVIEW, "loud", "(9, 5)")], r"line 2: human_ans_indices must read"),
        ([("q1", "a", "r1", "x", *NONE), ("q2", "a", "r1", "y", *NONE)], "line 3: review 'r1' has another text"),
        ([("q1", "a", "r1", "x", *NONE), ("q1", "b", "r1", "x", *NONE)], "line 3: question 'q1' differs from line 2"),
    ],
)
def test_errors_name_the_line(put, rows, message) -> None:
    with pytest.raises(DataFormatError, match=message):
        read(put, *rows)


def test_another_csv_file(put) -> None:
    with pytest.raises(DataFormatError, match="the header has no column item_id, question"):
        read_subjqa(put("labels.csv", "text,label\nfine,1\n"))
    with pytest.raises(DataFormatError, match="line 2: not as many fields as the header"):
        read_subjqa(put("short.csv", ",".join(COLUMNS) + "\na,b\n"))


def test_the_published_files(carrel_data) -> None:
    files = sorted((carrel_data / "subjqa").glob("*.csv.gz"))
    assert len(files) == 10
    for path in files:
        dataset = read_subjqa(path)
        texts = {review.id: review.text for review in dataset.reviews}
        assert not any("ANSWERNOTFOUND" in text for text in texts.values())
        for question in dataset.questions:
            for answer in question.answers:
                assert texts[question.review_id][answer.start : answer.end] == answer.text
    test = read_subjqa(carrel_data / "subjqa" / "electronics-test.csv")
    assert (len(test.rows), len(test.questions), len(test.groups)) == (718, 358, 330)
    assert sum(bool(question.answers) for question in test.questions) == 238
