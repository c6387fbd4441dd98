"""The text index is rewritten beside the old one and switched: searches and writes go on, and no revision is lost."""

import threading

import pytest

from carrel.stores.embedded import collection
from carrel.stores.embedded.store import EmbeddedStore
from carrel.stores.embedded.text_files import TextFiles
from carrel.testing.store_contract import source, uris


@pytest.fixture
def path(tmp_path):
    return tmp_path / "collection"


@pytest.fixture
def store(path):
    store = EmbeddedStore(path)
    yield store
    store.close()


def generation(path):
    return (path / "text" / "current").read_text()


def write(store, numbers):
    store.write_sources([source(f"{n}.txt", f"apples number {n}") for n in numbers])


def test_a_job_that_deleted_much_leaves_a_rewritten_index(path, store):
    write(store, range(100))
    before = generation(path)
    with store.lease("a small job"):
        store.delete_sources([f"{n}.txt" for n in range(10)])
    assert generation(path) == before
    with store.lease("a large job"):
        store.delete_sources([f"{n}.txt" for n in range(10, 40)])
        assert generation(path) == before
    assert generation(path) != before
    assert [folder.name for folder in (path / "text").iterdir() if folder.is_dir()] == [generation(path)]
    assert len(store.bm25_search("apples", top_k=100)) == 60


def test_a_rewritten_index_ranks_as_if_nothing_had_been_deleted(path, store, tmp_path):
    write(store, range(60))
    with store.lease("a job"):
        store.delete_sources([f"{n}.txt" for n in range(30)])
    fresh = EmbeddedStore(tmp_path / "fresh")
    write(fresh, range(30, 60))
    found, expected = (one.bm25_search("apples 45 number", top_k=60) for one in (store, fresh))
    assert [(hit.id, hit.score) for hit in found] == [(hit.id, hit.score) for hit in expected]
    fresh.close()


def test_deletions_without_a_job_are_forgotten_when_they_are_many(path, store, monkeypatch):
    monkeypatch.setattr(collection, "WORN_OUT_PASSAGES", 50)
    write(store, range(100))
    before = generation(path)
    store.delete_sources([f"{n}.txt" for n in range(45)])
    assert generation(path) == before
    store.delete_sources([f"{n}.txt" for n in range(45, 70)])
    assert generation(path) != before


def test_writes_and_searches_go_on_while_it_is_rewritten(path, store, monkeypatch):
    """A rewriting is held up between its first pass and the switch; what is written then is in the new index."""
    write(store, range(50))
    before = generation(path)
    reached, go_on = threading.Event(), threading.Event()
    switch = TextFiles._switch

    def slow(files, index, old):
        if index.searcher()[1] and not reached.is_set():
            reached.set()
            assert go_on.wait(30)
        return switch(files, index, old)

    monkeypatch.setattr(TextFiles, "_switch", slow)
    rewriting = threading.Thread(target=store._open().text.rebuild)
    rewriting.start()
    assert reached.wait(30)
    store.write_sources([source("pears.txt", "pears")])
    store.delete_sources(["7.txt"])
    seen = store.revision
    assert uris(store.bm25_search("pears")) == ["pears.txt"]
    assert generation(path) == before
    go_on.set()
    while rewriting.is_alive():
        assert store.revision >= seen
        assert uris(store.bm25_search("pears")) == ["pears.txt"]
    assert generation(path) != before
    assert store.revision == seen
    assert "7.txt" not in uris(store.bm25_search("apples", top_k=100))


def test_a_commit_to_the_index_that_was_just_replaced_is_not_lost(path, store, monkeypatch):
    write(store, range(20))
    index = TextFiles._index
    held = store._open().text._index()
    store._open().text.rebuild()
    calls = []

    def stale(files):
        calls.append(None)
        return held if len(calls) == 1 else index(files)

    monkeypatch.setattr(TextFiles, "_index", stale)
    store.write_sources([source("pears.txt", "pears")])
    assert uris(store.bm25_search("pears")) == ["pears.txt"]
    assert len(store.bm25_search("apples", top_k=100)) == 20


def test_another_process_goes_over_to_the_rewritten_index(path, store):
    write(store, range(30))
    reader = EmbeddedStore(path)
    assert len(reader.bm25_search("apples", top_k=100)) == 30
    with store.lease("a job"):
        store.delete_sources([f"{n}.txt" for n in range(20)])
    assert len(reader.bm25_search("apples", top_k=100)) == 10
    assert reader._open().text.view().index.path.name == generation(path)
    reader.close()
