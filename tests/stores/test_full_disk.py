"""A disk that takes no more: a clear error, nothing lost, reading goes on, and the next run does the rest.

The disk is full for one process when it may not write files beyond a size (RLIMIT_FSIZE): SQLite, tantivy and FAISS
then meet the system's own errors.
"""

import pytest

from carrel.errors import StoreError
from carrel.stores.embedded.store import EmbeddedStore
from carrel.testing.store_contract import FINGERPRINT, embed_all, source, unit_vectors, uris
from carrel.types import SourceState
from tests.stores.processes import run

FULL = """
import contextlib, resource
from carrel.errors import StoreError
from carrel.stores.embedded import batch, text_files, vector_files, vector_folding

vector_folding.FOLD_AT = vector_files.FOLD_AT = 16
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)

def from_then_on(function):
    def until_it_is_told(*args, **kwargs):
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, most))
        return function(*args, **kwargs)
    return until_it_is_told

def full(function):
    def on_a_full_disk(*args, **kwargs):
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, most))
        try:
            return function(*args, **kwargs)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    return on_a_full_disk
"""
STAGES = {
    "the database": "batch.Batch.flush = from_then_on(batch.Batch.flush)",  # the commit meets it
    "the text index": "text_files.TextFiles.follow = full(text_files.TextFiles.follow)",
    "a segment": "vector_files.write_segment = full(vector_files.write_segment)",
}
WRITE = """
try:
    store.write_sources([source(f"{n}.txt", f"pears {n}", n=n) for n in range(40)])
    embed_all(store)
except StoreError as error:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    print(error)
    print(store.bm25_search("apples") != [], store.revision)
"""


@pytest.fixture
def path(tmp_path):
    store = EmbeddedStore(tmp_path / "collection")
    store.write_sources([source(f"{n}.txt", f"apples {n}", n=n) for n in range(20, 60)])
    embed_all(store)
    store.close()
    return store.path


@pytest.mark.parametrize("stage", STAGES)
def test_a_full_disk(path, stage):
    status, printed = run(FULL + STAGES[stage] + WRITE, path)
    assert status == 0
    message, read = printed.splitlines()
    assert str(path) in message
    assert "Nothing is lost" in message or "room" in message or "disk" in message
    assert read.startswith("True")
    store = EmbeddedStore(path)
    with store.lease("the next run"):
        store.write_sources([source(f"{n}.txt", f"pears {n}", n=n) for n in range(40)])
        embed_all(store)
    assert sorted(uris(store.bm25_search("pears", top_k=100))) == sorted(f"{n}.txt" for n in range(40))
    assert len(store.bm25_search("apples", top_k=100)) == 20
    assert len(store.vector_search(unit_vectors(1)[0], fingerprint=FINGERPRINT, top_k=100)) == 60
    assert {record.state for record in store.sources()} == {SourceState.INDEXED}
    store.close()


def test_a_write_that_the_text_index_did_not_take_is_no_failure_of_its_sources(path):
    status, _ = run(FULL + STAGES["the text index"] + WRITE, path)
    assert status == 0
    store = EmbeddedStore(path)
    states = {record.uri: record.state for record in store.sources()}
    assert {states[f"{n}.txt"] for n in range(40)} == {SourceState.WRITING}
    with store.lease("the next run"):  # finishes what was left
        assert {record.state for record in store.sources()} == {SourceState.INDEXED}
    assert len(store.bm25_search("pears", top_k=100)) == 40
    store.close()


def test_the_index_follows_the_database_when_a_reader_comes(path):
    status, _ = run(FULL + STAGES["the text index"] + WRITE, path)
    assert status == 0
    store = EmbeddedStore(path)
    assert len(store.bm25_search("pears", top_k=100)) == 40
    store.close()


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be made"):
        EmbeddedStore(tmp_path / "file" / "collection").count_documents()
