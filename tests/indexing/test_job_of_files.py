"""A folder and its collection: what is new, changed, unchanged, vanished or broken."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from carrel.errors import LeaseError, UserError
from carrel.indexing.report import Failure
from carrel.indexing.splitter import Splitter
from carrel.stores.embedded.store import EmbeddedStore
from carrel.types import CanonicalText, SourceState, Span
from tests.indexing.conftest import Index


def found(store: EmbeddedStore, query: str) -> list[str]:
    return [document.meta["carrel"]["source"] for document in store.bm25_search(query)]


def uris(store: EmbeddedStore) -> list[str]:
    return [record.uri for record in store.sources()]


def test_a_folder_becomes_searchable(store: EmbeddedStore, index: Index, folder: Path) -> None:
    report = index(folder)

    assert (report.sources, report.indexed, report.unchanged, report.deleted, report.failed) == (3, 3, 0, 0, ())
    assert report.passages == store.count_documents() == 3
    assert found(store, "roses") == ["sub/garden.md"]
    assert store.source("river.html").title == "River"
    assert store.version_text("sub/garden.md").headings[0].text == "Garden"
    assert report.to_json() == {
        "sources": 3,
        "indexed": 3,
        "unchanged": 0,
        "deleted": 0,
        "failed": [],
        "passages": 3,
        "seconds": report.seconds,
        "skipped": {},
        "undivided": [],
        "embedded": 0,
        "stopped": False,
    }


def test_indexing_again_changes_nothing(store: EmbeddedStore, index: Index, folder: Path) -> None:
    index(folder)
    before = store.revision, [(d.id, d.content) for d in store.iterate()]

    report = index(folder)

    assert (report.indexed, report.unchanged, report.passages) == (0, 3, 3)
    assert (store.revision, [(d.id, d.content) for d in store.iterate()]) == before


def test_what_changed_is_replaced_and_what_vanished_deleted(store: EmbeddedStore, index: Index, folder: Path) -> None:
    index(folder)
    (folder / "kettle.txt").write_text("The kettle is broken.", encoding="utf-8")
    (folder / "river.html").unlink()
    (folder / "new.txt").write_text("A new note.", encoding="utf-8")

    report = index(folder)

    assert (report.indexed, report.unchanged, report.deleted) == (2, 1, 1)
    assert found(store, "whistles") == []
    assert found(store, "broken") == ["kettle.txt"]
    assert uris(store) == ["kettle.txt", "new.txt", "sub/garden.md"]


def test_an_edit_of_the_same_size_is_seen_even_with_its_time_put_back(
    store: EmbeddedStore, index: Index, folder: Path
) -> None:
    note = folder / "kettle.txt"
    old = time.time() - 3600
    os.utime(note, (old, old))
    index(folder)
    note.write_text("The kettle whistles at dawn.", encoding="utf-8")
    os.utime(note, (old, old))

    assert index(folder).indexed == 1
    assert found(store, "dawn") == ["kettle.txt"]


def test_a_touched_file_is_not_indexed_again(index: Index, folder: Path) -> None:
    index(folder)
    os.utime(folder / "kettle.txt")

    assert index(folder).unchanged == 3


def test_a_file_by_itself_is_all_that_is_synced(store: EmbeddedStore, index: Index, folder: Path) -> None:
    index(folder)
    (folder / "river.html").unlink()
    (folder / "sub" / "garden.md").write_text("Tulips.", encoding="utf-8")

    report = index(folder / "sub" / "garden.md")

    assert (report.sources, report.indexed, report.deleted) == (1, 1, 0)
    assert uris(store) == ["kettle.txt", "river.html", "sub/garden.md"]


def test_a_folder_takes_over_what_was_indexed_in_it_by_itself(store: EmbeddedStore, index: Index, folder: Path) -> None:
    index(folder / "sub")
    index(folder / "kettle.txt")
    assert uris(store) == ["garden.md", "kettle.txt"]

    report = index(folder)

    assert (report.indexed, report.unchanged, report.deleted) == (2, 1, 1)
    assert uris(store) == ["kettle.txt", "river.html", "sub/garden.md"]


def test_a_part_of_an_indexed_folder_is_synced_as_a_part(store: EmbeddedStore, index: Index, folder: Path) -> None:
    index(folder)
    (folder / "sub" / "garden.md").unlink()
    (folder / "sub" / "tree.txt").write_text("An oak.", encoding="utf-8")
    (folder / "river.html").unlink()

    report = index(folder / "sub")

    assert (report.sources, report.indexed, report.deleted) == (1, 1, 1)
    assert uris(store) == ["kettle.txt", "river.html", "sub/tree.txt"]


def test_two_folders_with_the_same_names(store: EmbeddedStore, index: Index, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "kettle.txt").write_text("Another kettle.", encoding="utf-8")
    index(folder)
    index(other)

    assert uris(store) == ["kettle.txt", "other/kettle.txt", "river.html", "sub/garden.md"]
    assert index(folder, other).unchanged == 4
    (other / "kettle.txt").unlink()
    assert index(other).deleted == 1
    assert "kettle.txt" in uris(store)


def test_a_folder_that_was_moved_keeps_its_sources(store: EmbeddedStore, index: Index, folder: Path) -> None:
    index(folder)
    moved = folder.rename(folder.parent / "moved")

    assert index(moved).sources == 3
    assert uris(store) == ["kettle.txt", "river.html", "sub/garden.md"]
    (moved / "kettle.txt").unlink()
    assert index(moved).deleted == 1


def test_a_broken_file_fails_and_its_old_text_stays_searchable(
    store: EmbeddedStore, index: Index, folder: Path
) -> None:
    index(folder)
    (folder / "kettle.txt").write_bytes(bytes(range(256)))
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4 nothing")

    report = index(folder)

    assert [(failure.source, failure.error) for failure in report.failed] == [
        ("kettle.txt", "not text"),
        ("scan.pdf", "damaged file"),
    ]
    assert report.unchanged == 2
    assert found(store, "whistles") == ["kettle.txt"]
    assert [record.uri for record in store.sources(state=SourceState.FAILED)] == ["kettle.txt", "scan.pdf"]
    assert store.source("kettle.txt").reason == report.failed[0].reason

    (folder / "kettle.txt").write_text("Mended.", encoding="utf-8")
    (folder / "scan.pdf").unlink()
    again = index(folder)
    assert (again.indexed, again.deleted, again.failed) == (1, 0, ())
    assert list(store.sources(state=SourceState.FAILED)) == []


def test_failures_are_tried_again(index: Index, folder: Path) -> None:
    (folder / "empty.txt").write_text(" \n", encoding="utf-8")
    index(folder)

    assert index(folder).failed == (Failure("empty.txt", "no text", "The document holds no text"),)


def test_a_wrong_path_changes_nothing(store: EmbeddedStore, index: Index, folder: Path) -> None:
    with pytest.raises(UserError, match="nothing was changed"):
        index(folder, folder / "nowhere")
    assert uris(store) == []


def test_a_second_job_is_told_who_holds_the_collection(store: EmbeddedStore, index: Index, folder: Path) -> None:
    with store.lease("the nightly run"), pytest.raises(LeaseError, match="the nightly run"):
        index(folder)


def test_other_settings_of_the_splitter_take_effect_when_asked(
    store: EmbeddedStore, index: Index, folder: Path
) -> None:
    (folder / "long.txt").write_text("One sentence stands here. " * 20, encoding="utf-8")
    index(folder)
    before = store.count_documents()

    assert index(folder, again=True, batch_seconds=0.0).indexed == 4
    assert store.count_documents() == before


def test_a_long_job_is_searchable_while_it_runs(store: EmbeddedStore, index: Index, tmp_path: Path) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for number in range(30):
        (many / f"{number:02}.txt").write_text(f"note number{number}", encoding="utf-8")
    seen: list[int] = []

    index(many, batch_seconds=0.0, on_progress=lambda *_: seen.append(store.count_documents()))

    assert seen[0] <= 1 < seen[15] < seen[-1]


def test_a_job_that_was_stopped_goes_on_where_it_was(store: EmbeddedStore, index: Index, folder: Path) -> None:
    def stop(_stage: str, done: int, *_: object) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index(folder, batch_seconds=0.0, on_progress=stop)

    report = index(folder)
    assert report.unchanged + report.indexed == 3
    assert report.unchanged >= 1


def test_a_source_that_the_store_refuses_does_not_stop_the_others(store: EmbeddedStore, folder: Path) -> None:
    from carrel.errors import InvalidTextError
    from carrel.indexing.writing import BatchWriter
    from carrel.types import SourceInfo

    refused: list[tuple[str, type[UserError]]] = []
    with store.lease("test") as lease:
        writer = BatchWriter(
            store,
            lease,
            Splitter().split,
            passages=100,
            seconds=60,
            refuse=lambda source, error: refused.append((source.uri, type(error))),
        )
        for number in range(5):
            text = "a\0b" if number == 3 else f"text {number}"
            writer.add(SourceInfo(f"s{number}", "h"), CanonicalText(text, "t"))
        writer.flush()

    assert refused == [("s3", InvalidTextError)]
    assert uris(store) == ["s0", "s1", "s2", "s4"]
    assert writer.sources_written == 4
    assert store.bm25_search("text")[0].meta["carrel"]["start"] == Span(0, 1).start


def test_the_ledger_says_which_large_file_a_job_was_busy_with(store: EmbeddedStore, index: Index, folder: Path) -> None:
    (folder / "a-large.txt").write_text("word " * 220_000, encoding="utf-8")

    def stop(_stage: str, done: int, *_: object) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index(folder, batch_passages=100_000, batch_seconds=600.0, on_progress=stop)

    assert {record.uri: record.state for record in store.sources()} == {
        "a-large.txt": SourceState.SPLITTING,
        "kettle.txt": SourceState.PENDING,
        "river.html": SourceState.PENDING,
        "sub/garden.md": SourceState.PENDING,
    }
