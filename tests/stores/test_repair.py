"""The files that are derived from the database come back, whatever happens to them."""

import json
import shutil
import signal

import numpy as np
import pytest

from carrel.stores.embedded import vector_folding
from carrel.stores.embedded.store import EmbeddedStore
from carrel.testing.store_contract import FINGERPRINT, embed_all, source, unit_vectors, uris
from tests.stores.processes import run


@pytest.fixture
def path(tmp_path):
    return tmp_path / "collection"


@pytest.fixture
def filled(path, monkeypatch):
    """A collection with some of its vectors in segments, closed again; returns its vectors by text."""
    monkeypatch.setattr(vector_folding, "FOLD_AT", 16)
    store = EmbeddedStore(path)
    vectors = {}
    for begin in range(0, 60, 20):
        store.write_sources([source(f"{n}.txt", f"apples number {n}", n=n) for n in range(begin, begin + 20)])
        vectors |= embed_all(store, seed=begin)
    store.close()
    return vectors


def findings(path):
    """What searches find, and how far the store is; BM25 scores to two digits, since they see deleted markers."""
    store = EmbeddedStore(path)
    try:
        query = unit_vectors(1, seed=99)[0]
        by_words = store.bm25_search("apples 7 12", top_k=60)
        by_vector = store.vector_search(query, fingerprint=FINGERPRINT, top_k=60)
        return (
            [(hit.id, float(f"{hit.score:.2g}")) for hit in by_words],
            [(hit.id, hit.score) for hit in by_vector],
            store.revision,
        )
    finally:
        store.close()


def noise(file):
    size = file.stat().st_size
    file.write_bytes(np.random.default_rng(0).bytes(size))


def test_folded_vectors_are_on_disk(path, filled):
    [manifest] = (path / "vectors").rglob("manifest.json")
    segments = json.loads(manifest.read_bytes())["segments"]
    assert [segment["rows"] for segment in segments] == [20, 20, 20]
    assert len(list((path / "vectors").rglob("*.float32"))) == 3


@pytest.mark.parametrize("folder", ["text", "vectors"])
def test_a_removed_folder_comes_back(path, filled, folder):
    before = findings(path)
    shutil.rmtree(path / folder)
    assert findings(path) == before


@pytest.mark.parametrize("pattern", ["text/current", "text/*/meta.json", "text/*/*", "vectors/*/*", "vectors/*/*.npy"])
def test_noise_is_not_believed(path, filled, pattern):
    before = findings(path)
    damaged = [file for file in path.glob(pattern) if file.is_file()]
    assert damaged
    for file in damaged:
        noise(file)
    assert findings(path) == before


def test_files_removed_under_a_running_reader(path, filled):
    store = EmbeddedStore(path)
    before = uris(store.bm25_search("apples 7"))
    shutil.rmtree(path / "text")
    assert uris(store.bm25_search("apples 7")) == before
    store.write_sources([source("new.txt", "something new")])
    assert uris(store.bm25_search("something")) == ["new.txt"]
    store.close()


def test_a_segment_of_an_older_database_is_not_believed(path, filled):
    """As after restoring a backup of the database over newer files."""
    backup = path.with_name("backup.db")
    store = EmbeddedStore(path)
    store.close()
    shutil.copy(path / "store.db", backup)
    expected = findings(path)
    store = EmbeddedStore(path)
    store.write_sources([source("later.txt", "apples written later")])
    store.close()
    shutil.copy(backup, path / "store.db")
    assert findings(path) == expected


def test_a_crash_between_database_and_text_index(path, filled):
    code = """
    from carrel.stores.embedded.text_files import TextFiles
    TextFiles.follow = lambda self, changes: os.kill(os.getpid(), signal.SIGKILL)
    with store.lease("doomed"):
        store.write_sources([source("0.txt", "pears"), source("new.txt", "pears too")])
    """
    assert run(code, path)[0] == -signal.SIGKILL
    store = EmbeddedStore(path)
    assert sorted(uris(store.bm25_search("pears"))) == ["0.txt", "new.txt"]
    assert "0.txt" not in uris(store.bm25_search("apples", top_k=100))
    with store.lease("the next"):  # the dead holder's lease is free at once
        store.write_sources([source("0.txt", "plums")])
    assert uris(store.bm25_search("plums")) == ["0.txt"]
    store.close()


def test_a_crash_inside_the_transaction_leaves_nothing(path, filled):
    before = findings(path)
    code = """
    from carrel.stores.embedded.batch import Batch
    Batch._mark_removed = lambda self: os.kill(os.getpid(), signal.SIGKILL)
    store.write_sources([source("0.txt", "pears"), source("new.txt", "pears too")])
    """
    assert run(code, path)[0] == -signal.SIGKILL
    assert findings(path) == before


def test_purged_rows_leave_every_index(path, filled):
    store = EmbeddedStore(path)
    store.delete_sources(["3.txt"])
    assert store.compact(grace=0.0, deleted_share=0.0) == {"purged": 1, "rewritten": True}
    assert store.compact(grace=0.0) == {"purged": 0, "rewritten": False}
    store.write_sources([source(f"{n}.txt", f"pears number {n}") for n in range(10)])
    embed_all(store, seed=7)
    store.compact(grace=0.0)
    hits = store.vector_search(unit_vectors(1, seed=99)[0], fingerprint=FINGERPRINT, top_k=100)
    assert sorted(uris(hits)) == sorted(f"{n}.txt" for n in range(60))
    store.close()
    found = findings(path)
    shutil.rmtree(path / "vectors")
    assert findings(path) == found


def test_kept_versions_outlive_compaction(path):
    store = EmbeddedStore(path)
    for text in ("first", "second", "third"):
        store.write_sources([source("a.txt", text)])
        if text == "first":
            store.keep_version("a.txt", store.version_text("a.txt").hash)
    hashes = {text: source("a.txt", text).text.hash for text in ("first", "second", "third")}
    store.compact(grace=0.0)
    assert store.version_text("a.txt", hashes["first"]).text == "first"
    assert store.version_text("a.txt").text == "third"
    with pytest.raises(Exception, match="no version"):
        store.version_text("a.txt", hashes["second"])
    store.close()
