"""Files of rows: one source for each, named by its id."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from carrel.indexing import known
from carrel.indexing.job import RowFields
from carrel.stores.embedded.store import EmbeddedStore
from carrel.types import SourceState
from tests.indexing.conftest import Index
from tests.indexing.documents import make_zip


def write(path: Path, *rows: Any) -> Path:
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def uris(store: EmbeddedStore) -> list[str]:
    return [record.uri for record in store.sources()]


ANN = {"_id": "ann", "title": "Ann", "text": "Ann likes tea.", "age": 7, "tags": ["x"], "none": None}
BO = {"_id": "bo", "title": "", "text": "Bo likes coffee.", "age": 9}


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return write(tmp_path / "people.jsonl", ANN, BO, {"text": "Somebody likes milk."})


def test_rows_are_sources_with_title_and_metadata(store: EmbeddedStore, index: Index, people: Path) -> None:
    report = index(people)

    assert (report.sources, report.indexed, report.passages) == (3, 3, 3)
    assert uris(store) == ["ann", "bo", "people.jsonl#3"]
    (hit,) = store.bm25_search("tea")
    assert (hit.content, hit.meta["age"], hit.meta["tags"]) == ("Ann likes tea.", 7, ["x"])
    assert hit.meta["carrel"]["title"] == "Ann"
    assert store.source("bo").title == "people"
    assert [d.meta["age"] for d in store.filter_documents({"field": "meta.age", "operator": ">", "value": 8})] == [9]


def test_the_same_rows_in_every_format(store: EmbeddedStore, index: Index, tmp_path: Path) -> None:
    write(tmp_path / "a.json", json.dumps([{"id": 1, "content": "one"}, {"id": 2, "content": "two"}]))
    (tmp_path / "b.csv").write_text('id,text,year\nx,"three, four",1999\ny,five,007\n', encoding="utf-8")
    (tmp_path / "c.tsv").write_text("id\ttext\nz\tsix\n", encoding="utf-8-sig")

    assert index(tmp_path / "a.json", tmp_path / "b.csv", tmp_path / "c.tsv").indexed == 5
    assert uris(store) == ["1", "2", "x", "y", "z"]
    assert [store.source(uri).meta for uri in "xy"] == [{"year": 1999}, {"year": "007"}]
    assert store.version_text("x").text == "three, four"


def test_changed_rows_are_replaced_and_vanished_ones_deleted(store: EmbeddedStore, index: Index, people: Path) -> None:
    index(people)
    write(people, {**ANN, "age": 8}, {"text": "Somebody likes milk."})

    report = index(people)

    assert (report.indexed, report.unchanged, report.deleted) == (2, 0, 2)
    assert uris(store) == ["ann", "people.jsonl#2"]
    assert store.source("ann").meta["age"] == 8


def test_rows_go_when_their_file_goes(store: EmbeddedStore, index: Index, people: Path, folder: Path) -> None:
    rows = people.rename(folder / people.name)
    assert index(folder).indexed == 6
    assert index(folder).unchanged == 6
    rows.unlink()

    assert index(folder).deleted == 3
    assert len(uris(store)) == 3


def test_fields_by_other_names(store: EmbeddedStore, index: Index, tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("key,review,product\n17,Good sound,Radio\n", encoding="utf-8")

    assert index(path).indexed == 1
    assert uris(store) == ["reviews.csv"]

    report = index(path, rows=RowFields(id="key", title="product", text="review"))
    assert (report.indexed, report.deleted) == (1, 1)
    assert uris(store) == ["17"]
    assert store.source("17").title == "Radio"


@pytest.mark.parametrize("name", ["reviews.csv", "reviews.zip"])
def test_a_document_becomes_rows_once_their_text_is_named(
    store: EmbeddedStore, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(known, "_SETTLED_SECONDS", -60.0)  # the time of a file that was just written is trusted
    table = b"key,review\n17,Good sound\n18,Bad sound\n"
    path = tmp_path / name
    path.write_bytes(table if name.endswith("csv") else make_zip({"reviews.csv": table}))
    index(path)
    assert index(path).indexed == 0

    assert index(path, rows=RowFields(text="review")).indexed == 2
    misnamed = index(path, rows=RowFields(text="note"))
    assert (misnamed.deleted, len(misnamed.undivided)) == (2, 1)


def test_bad_rows_fail_by_themselves(store: EmbeddedStore, index: Index, people: Path) -> None:
    index(people)
    write(people, {**ANN, "text": "Ann likes water."}, {**BO, "_id": "ann"}, {"_id": "bo"}, "[1]", '{"broken')

    report = index(people)

    assert [(failure.source, failure.error) for failure in report.failed] == [
        ("people.jsonl#2", "duplicate id"),
        ("bo", "no text"),
        ("people.jsonl#4", "malformed row"),
        ("people.jsonl#5", "malformed JSON"),
    ]
    assert "Line 5" in report.failed[3].reason
    assert report.indexed == 1
    # A row that was not seen may be one of those that could not be read.
    assert report.deleted == 0
    assert [d.content for d in store.bm25_search("coffee milk")] == ["Somebody likes milk.", "Bo likes coffee."]

    write(people, ANN)
    assert index(people).deleted == 2
    assert uris(store) == ["ann"]
    assert list(store.sources(state=SourceState.FAILED)) == []


def test_a_file_that_is_no_json_keeps_its_rows(store: EmbeddedStore, index: Index, tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", json.dumps([{"id": "1", "text": "one"}]))
    index(path)
    path.write_text("[{", encoding="utf-8")

    report = index(path)

    assert [(failure.source, failure.error) for failure in report.failed] == [("a.json", "malformed JSON")]
    assert [d.content for d in store.bm25_search("one")] == ["one"]

    write(path, json.dumps([{"id": "1", "text": "one"}]))
    assert index(path).unchanged == 1
    assert uris(store) == ["1"]


def test_a_row_without_text_is_its_title(store: EmbeddedStore, index: Index, tmp_path: Path) -> None:
    index(write(tmp_path / "a.jsonl", {"_id": "1", "title": "Only a title", "text": ""}))

    assert store.version_text("1").text == "Only a title"


def test_two_files_with_the_same_ids(store: EmbeddedStore, index: Index, tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", {"_id": "1", "text": "one"})
    second = write(tmp_path / "b.jsonl", {"_id": "1", "text": "eins"})

    assert index(first, second).indexed == 2
    assert uris(store) == ["1", "b.jsonl#1"]
    assert index(second).unchanged == 1


def test_characters_that_cannot_be_stored_are_replaced(store: EmbeddedStore, index: Index, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"_id": "1", "text": "a\\u0000b\\ud800", "x\\ud800": ["\\udc00"], "n": NaN, "carrel": 1}\n')

    assert index(path).failed == ()
    assert store.version_text("1").text == "a\ufffdb\ufffd"
    assert store.source("1").meta == {"x\ufffd": ["\ufffd"]}


def test_progress_tells_how_many_rows_there_are(index: Index, people: Path) -> None:
    seen: list[tuple[str, int, int | None, str, str]] = []
    index(people, on_progress=lambda *step: seen.append(step))

    assert seen[0] == ("indexing", 0, 1, "sources", "people.jsonl")
    assert [(done, total) for _, done, total, _, _ in seen[1:]] == [(1, 4), (2, 4), (3, 4), (4, 4)]
