"""Bad entries of every format: counted, listed, and refused or skipped as the user chooses."""

from __future__ import annotations

import csv
import io
import json

import pytest

from carrel.datasets import BadEntriesError, Problem, ProblemKind, open_dataset, read_qrels, read_run
from carrel.datasets.problems import LISTED
from carrel.datasets.subjqa import COLUMNS

CORPUS = '{"_id": "d1", "text": "Bees fly."}\n{"_id": "d2", "text": "Ants walk."}\n'
QUERIES = [("q1", "who flies"), ("q1", "who swims"), ("q2", "who walks"), ("q3", "who sleeps"), ("q4", "nobody asks")]
JUDGEMENTS = [
    ("q1", "d1", 1),
    ("q1", "d1", 2),
    ("q1", "d9", 1),
    ("q2", "d2", 1),
    ("q3", "d2", 0),
    ("q9", "d1", 1),
]


def beir(put, tmp_path):
    put("corpus.jsonl", CORPUS)
    put("queries.jsonl", "".join(json.dumps({"_id": i, "text": text}) + "\n" for i, text in QUERIES))
    put("qrels/test.tsv", "".join(f"{query}\t{document}\t{grade}\n" for query, document, grade in JUDGEMENTS))
    return tmp_path


def test_a_retrieval_set(put, tmp_path) -> None:
    folder = beir(put, tmp_path)
    with pytest.raises(BadEntriesError) as refused:
        open_dataset(folder)
    message = str(refused.value)
    assert "1 judgements of unknown documents" in message
    assert "queries.jsonl, line 2: the query id 'q1' comes a second time" in message
    assert "; ...)" in message, "only the first few stand in the message"
    assert "--on-bad skip" in message

    dataset = open_dataset(folder, on_bad="skip")
    assert [(query.id, query.text) for query in dataset.queries] == [("q1", "who flies"), ("q2", "who walks")]
    assert dataset.qrels == {"q1": {"d1": 1}, "q2": {"d2": 1}}
    assert dataset.problems == refused.value.problems
    assert dataset.problems.counts == {
        ProblemKind.DUPLICATE_QUERY: 1,
        ProblemKind.UNKNOWN_QUERY: 1,
        ProblemKind.UNKNOWN_DOCUMENT: 1,
        ProblemKind.TWO_GRADES: 1,
        ProblemKind.NO_GOLD: 1,
    }
    shape = dataset.problems.to_json()
    assert shape["counts"]["judgements of unknown queries"] == 1
    assert {"kind", "where", "what"} == set(shape["listed"][0])


def test_a_query_is_left_out_when_nothing_relevant_is_left(put, tmp_path) -> None:
    folder = beir(put, tmp_path)
    put("qrels/test.tsv", "q1\td9\t1\nq2\td2\t1\n")
    put("queries.jsonl", '{"_id": "q1", "text": "a"}\n{"_id": "q2", "text": "b"}\n')
    dataset = open_dataset(folder, on_bad="skip")
    assert list(dataset.qrels) == ["q2"]
    assert dataset.problems.counts == {ProblemKind.UNKNOWN_DOCUMENT: 1, ProblemKind.NO_GOLD: 1}


def squad(*questions) -> str:
    paragraphs = [{"context": "Ada wrote programs.", "qas": list(questions)}]
    return json.dumps({"version": "v2.0", "data": [{"title": "Ada", "paragraphs": paragraphs}]})


def answered(identifier: str, *answers: tuple[str, int], **more) -> dict:
    spans = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": identifier, "question": "Who?", "answers": spans, **more}


def test_a_squad_file(put) -> None:
    path = put(
        "dev.json",
        squad(
            answered("good", ("Ada", 0), ("Ada", 1)),
            answered("shifted", ("wrote", 5)),
            answered("blank", ("", 0)),
            answered("good", ("programs", 10)),
            answered("empty"),
            answered("impossible", is_impossible=True),
        ),
    )
    with pytest.raises(BadEntriesError, match="question shifted: 'wrote' is not at offset 5"):
        open_dataset(path)
    dataset = open_dataset(path, on_bad="skip")
    assert [(question.id, [a.text for a in question.answers]) for question in dataset.questions] == [
        ("good", ["Ada"]),
        ("impossible", []),
    ]
    assert dataset.problems.counts == {
        ProblemKind.OFFSET: 3,
        ProblemKind.DUPLICATE_QUERY: 1,
        ProblemKind.NO_GOLD: 1,
    }
    assert Problem(ProblemKind.NO_GOLD, "question empty", dataset.problems.listed[-1].what) in dataset.problems.listed


def test_a_subjqa_file(put) -> None:
    rows = [
        ("item", "How loud?", "q1", "r1", "It is loud.", "loud", "(6, 10)"),
        ("item", "How loud?", "q1", "r1", "It is loud.", "deafening", "(20, 29)"),
        ("item", "How big?", "q1", "r1", "It is loud.", "loud", "(6, 10)"),
        ("item", "How old?", "q2", "r1", "It is another text.", "ANSWERNOTFOUND", "(0, 14)"),
    ]
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows])
    path = put("test.csv", text.getvalue())
    with pytest.raises(BadEntriesError, match="line 3: 'deafening' lies outside the review 'r1'"):
        open_dataset(path)
    dataset = open_dataset(path, on_bad="skip")
    assert [(question.id, question.question) for question in dataset.questions] == [("q1", "How loud?")]
    assert [review.text for review in dataset.reviews] == ["It is loud."]
    assert dataset.problems.counts == {
        ProblemKind.OFFSET: 1,
        ProblemKind.DUPLICATE_DOCUMENT: 1,
        ProblemKind.DUPLICATE_QUERY: 1,
    }
    assert dataset.retrieval_set().problems == dataset.problems


def test_qrels_and_runs(put) -> None:
    qrels = put("a.qrels", "q 0 d 1\nq 0 d 2\n")
    with pytest.raises(BadEntriesError, match="line 2: document 'd' has two grades for query 'q'"):
        read_qrels(qrels)
    assert read_qrels(qrels, on_bad="skip") == {"q": {"d": 1}}
    run = put("a.run", "q Q0 d 1 1.0 t\nq Q0 d 2 3.0 t\n")
    with pytest.raises(BadEntriesError, match="line 2: document 'd' is ranked twice for query 'q'"):
        read_run(run)
    assert read_run(run, on_bad="skip") == {"q": {"d": 3.0}}


def test_all_are_counted_where_there_are_many(put, tmp_path) -> None:
    folder = beir(put, tmp_path)
    put("qrels/test.tsv", "".join(f"q1\tx{n}\t1\n" for n in range(LISTED + 50)) + "q2\td2\t1\n")
    problems = open_dataset(folder, on_bad="skip").problems
    assert problems.counts[ProblemKind.UNKNOWN_DOCUMENT] == LISTED + 50
    assert len(problems.listed) == LISTED


def test_the_published_sets_have_none(carrel_data) -> None:
    for name in ("beir/scifact", "squad/dev-v1.1.json", "squad/dev-v2.0.json"):
        assert open_dataset(carrel_data / name).problems.total == 0
    for path in sorted((carrel_data / "subjqa").glob("*.csv.gz")):
        assert open_dataset(path).problems.total == 0
