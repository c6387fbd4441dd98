"""Hub layouts, written to disk by the library itself and read through its real loading code."""

from __future__ import annotations

import pytest

from carrel.datasets import (
    BadEntriesError,
    GoldSpan,
    ProblemKind,
    RetrievalDocument,
    RetrievalQuery,
    located,
    open_dataset,
)
from carrel.errors import DataFormatError

hub = pytest.importorskip("datasets", reason="the package datasets is not installed")

QUESTIONS = {
    "id": ["1", "2", "3"],
    "title": ["Ada", "Ada", "Bees"],
    "context": ["Ada wrote.", "Ada wrote.", "Bees fly 🐝."],
    "question": ["Who?", "When?", "What flies?"],
    "answers": [
        {"text": ["Ada", "Ada"], "answer_start": [0, 0]},
        {"text": [], "answer_start": []},
        {"text": ["Bees"], "answer_start": [0]},
    ],
}
CARD = """---
configs:
- config_name: corpus
  data_files: [{split: corpus, path: corpus.parquet}]
- config_name: queries
  data_files: [{split: queries, path: queries.parquet}]
- config_name: default
  data_files: [{split: test, path: qrels.parquet}]
---
"""


@pytest.fixture
def retrieval(tmp_path, monkeypatch):
    monkeypatch.setattr(hub.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "README.md").write_text(CARD, encoding="utf-8")

    def write(**parts):
        for name, columns in parts.items():
            hub.Dataset.from_dict(columns).to_parquet(folder / f"{name}.parquet")

    write(
        corpus={"_id": ["d1", "d2"], "title": ["Bees", ""], "text": ["Bees fly.", "Ants walk."]},
        queries={"_id": ["q1", "q2"], "text": ["who flies", "not judged"]},
        qrels={"query-id": ["q1"], "corpus-id": ["d1"], "score": [1.0]},
    )
    return folder, write


def test_a_retrieval_set_in_three_parts(retrieval) -> None:
    folder, _ = retrieval
    dataset = open_dataset(f"hub:{folder}")
    assert dataset.name == "small"
    assert dataset.queries == (RetrievalQuery("q1", "who flies"),)
    assert dataset.qrels == {"q1": {"d1": 1}}
    first = list(dataset.documents)
    assert first == [RetrievalDocument("d1", "Bees", "Bees fly."), RetrievalDocument("d2", "", "Ants walk.")]
    assert list(dataset.documents) == first, "a corpus streams as often as wanted"


def test_bad_entries_are_the_same_as_in_files(retrieval) -> None:
    folder, write = retrieval
    write(qrels={"query-id": ["q1", "q1"], "corpus-id": ["d1", "d9"], "score": [1, 1]})
    with pytest.raises(BadEntriesError, match="default, row 2: there is no document 'd9'"):
        open_dataset(f"hub:{folder}")
    assert open_dataset(f"hub:{folder}", on_bad="skip").problems.counts == {ProblemKind.UNKNOWN_DOCUMENT: 1}


def test_questions_with_contexts(tmp_path) -> None:
    saved = hub.DatasetDict({"validation": hub.Dataset.from_dict(QUESTIONS)})
    saved.save_to_disk(tmp_path / "saved")
    dataset = open_dataset(f"hub:{tmp_path / 'saved'}")
    assert [article.title for article in dataset.articles] == ["Ada", "Bees"]
    assert dataset.articles[0].paragraphs == ("Ada wrote.",)
    assert [question.answers for question in dataset.questions] == [(GoldSpan("Ada", 0),), (), (GoldSpan("Bees", 0),)]
    with pytest.raises(DataFormatError, match=r"The split 'test' of .* cannot be read"):
        open_dataset(f"hub:{tmp_path / 'saved'}", "test")


def test_an_answer_that_is_not_at_its_offset(tmp_path) -> None:
    shifted = {**QUESTIONS, "answers": [{"text": ["Ada"], "answer_start": [1]}, *QUESTIONS["answers"][1:]]}
    hub.Dataset.from_dict(shifted).save_to_disk(tmp_path / "saved")
    with pytest.raises(BadEntriesError, match="question 1: 'Ada' is not at offset 1"):
        open_dataset(f"hub:{tmp_path / 'saved'}")
    kept = open_dataset(f"hub:{tmp_path / 'saved'}", on_bad="skip").questions
    assert [question.id for question in kept] == ["2", "3"]


def test_what_is_in_no_known_layout(tmp_path) -> None:
    hub.Dataset.from_dict({"text": ["a"], "label": [1]}).save_to_disk(tmp_path / "labels")
    with pytest.raises(DataFormatError, match="is in no known layout"):
        open_dataset(f"hub:{tmp_path / 'labels'}")
    uneven = {**QUESTIONS, "answers": [{"text": ["Ada"], "answer_start": []}, *QUESTIONS["answers"][1:]]}
    hub.Dataset.from_dict(uneven).save_to_disk(tmp_path / "uneven")
    with pytest.raises(DataFormatError, match="row 1: answers must hold the lists"):
        open_dataset(f"hub:{tmp_path / 'uneven'}")


def test_what_is_not_there(tmp_path) -> None:
    with pytest.raises(DataFormatError, match="cannot be found or read"):
        open_dataset(f"hub:{tmp_path / 'nothing'}")


def test_a_hub_name_is_no_path(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert located("hub:someone/something") == "hub:someone/something"
    assert located("set.json") == str(tmp_path / "set.json")
