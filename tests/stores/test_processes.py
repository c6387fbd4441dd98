"""Several processes on one collection: what is written shows, in whole batches; jobs keep out of each other's way."""

import random
import time

import numpy as np
import pytest

from carrel.errors import LeaseError
from carrel.stores.embedded.store import EmbeddedStore
from carrel.testing.store_contract import FINGERPRINT, embed_all, source, unit_vectors, uris
from tests.stores.processes import run, start


@pytest.fixture
def path(tmp_path):
    return tmp_path / "collection"


@pytest.fixture
def store(path):
    store = EmbeddedStore(path)
    yield store
    store.close()


def test_a_finished_write_shows_elsewhere_within_a_second(path, store):
    code = """
    store.count_documents()
    print("ready", flush=True)
    for line in sys.stdin:
        store.write_sources([source("a.txt", line.strip(), n=1)])
        embed_all(store)
        print("written", flush=True)
    """
    with start(code, path) as writer:
        assert store.bm25_search("anything") == []
        assert writer.stdout.readline() == "ready\n"
        for text in ("apples", "pears"):
            writer.stdin.write(text + "\n")
            writer.stdin.flush()
            assert writer.stdout.readline() == "written\n"
            written = time.monotonic()
            while uris(store.bm25_search(text)) != ["a.txt"]:
                assert time.monotonic() < written + 1.0
            [hit] = store.vector_search(unit_vectors(1)[0], fingerprint=FINGERPRINT)
            assert hit.content == text


def test_a_lease_held_by_another_process(path, store):
    code = """
    with store.lease("nightly sync"):
        print(os.getpid(), flush=True)
        sys.stdin.readline()
    """
    with start(code, path) as holder:
        pid = holder.stdout.readline().strip()
        with pytest.raises(LeaseError, match=rf"nightly sync \(process {pid} on .*since 20"), store.lease("mine"):
            pass
        assert store.bm25_search("reading goes on") == []
        holder.kill()
        holder.wait()
        with store.lease("mine"):
            store.write_sources([source("a.txt", "apples")])
    assert store.count_documents() == 1


def test_two_processes_write_without_leases(path, store):
    code = """
    for number in range(15):
        store.write_sources([source(f"{os.getpid()}-{number}.txt", f"apples {number}")])
    """
    with start(code, path) as one, start(code, path) as two:
        assert (one.wait(), two.wait()) == (0, 0)
    assert store.count_documents() == 30
    assert len(store.bm25_search("apples", top_k=100)) == 30


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_any_moment(path, seed):
    """Batches of twenty, each with a vector batch after it; a reader looks on meanwhile and never sees a part."""
    code = """
    with store.lease("doomed"):
        for number in range(1000):
            batch = [source(f"{n}.txt", f"apples batch{number} {n}", n=number) for n in range(20)]
            store.write_sources(batch)
            embed_all(store, seed=number)
            print(number, flush=True)
    """
    with start(code, path) as writer:
        assert writer.stdout.readline() == "0\n"
        reader = EmbeddedStore(path)
        until = time.monotonic() + random.Random(seed).uniform(0.3, 1.5)
        while time.monotonic() < until:
            assert_whole(reader)
        writer.kill()
    assert_whole(reader)
    reader.close()
    store = EmbeddedStore(path)
    assert_whole(store)
    store.write_sources([source("after.txt", "pears")])
    assert uris(store.bm25_search("pears")) == ["after.txt"]
    embed_all(store)
    found = store.vector_search(unit_vectors(1, seed=99)[0], fingerprint=FINGERPRINT, top_k=100)
    assert len(found) == 21
    assert np.all(np.diff([hit.score for hit in found]) <= 0)
    store.close()


def assert_whole(store):
    hits = store.bm25_search("apples", top_k=100)
    assert len(hits) == 20
    assert len({hit.meta["n"] for hit in hits}) == 1
    assert store.count_documents() in {20, 21}


def test_opening_a_collection_is_quick(path, store):
    store.write_sources([source("a.txt", "apples")])
    code = """
    started = time.perf_counter()
    assert store.bm25_search("apples")
    print(time.perf_counter() - started, "alembic" in sys.modules)
    """
    status, output = run(code, path)
    seconds, alembic = output.split()
    assert status == 0
    assert alembic == "False"
    assert float(seconds) < 1.0
