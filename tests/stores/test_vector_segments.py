"""Vectors in segments: exact while they are few, compressed beyond, whole through folding, compaction and crashes."""

import json
import signal
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.stores.embedded import vector_folding
from carrel.stores.embedded.selection import Selection
from carrel.stores.embedded.store import EmbeddedStore
from carrel.stores.embedded.vector_folding import Fold, plan_compaction, plan_fold
from carrel.stores.embedded.vector_log import NEVER, LogPage, LogRange, LogState
from carrel.stores.embedded.vector_segments import read_segment, write_segment
from carrel.testing.store_contract import FINGERPRINT, embed_all, source, unit_vectors, uris
from tests.stores.processes import run


@pytest.fixture
def path(tmp_path):
    return tmp_path / "collection"


@pytest.fixture
def small_segments(monkeypatch):
    monkeypatch.setattr(vector_folding, "FOLD_AT", 40)
    monkeypatch.setattr(vector_folding, "COMPRESS_AT", 160)


def fill(store, numbers, *, batch=50):
    """Write sources `n.txt` with metadata; every one has the vector that `vector_of` says."""
    numbers = list(numbers)
    for begin in range(0, len(numbers), batch):
        chosen = numbers[begin : begin + batch]
        store.write_sources([source(f"{n}.txt", f"text {n}", half=n % 2, tenth=n % 10) for n in chosen])
        missing = store.missing_vectors(FINGERPRINT)
        vectors = np.stack([vector_of(int(text.split()[-1])) for _, text in missing])
        store.write_vectors(FINGERPRINT, [name for name, _ in missing], vectors)


def vector_of(number):
    """Return a vector near one of eight directions, the same for one number always."""
    center = unit_vectors(8, seed=1)[number % 8]
    vector = center + 0.5 * unit_vectors(1, seed=100 + number)[0]
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def segments(path):
    [manifest] = (path / "vectors").rglob("manifest.json")
    return [entry["rows"] for entry in json.loads(manifest.read_bytes())["segments"]]


def search(store, query, **options):
    return uris(store.vector_search(query, fingerprint=FINGERPRINT, **options))


def nearest(numbers, query, top_k):
    return [f"{n}.txt" for n in sorted(numbers, key=lambda n: -float(vector_of(n) @ query))[:top_k]]


def equal(field, value):
    return {"field": f"meta.{field}", "operator": "==", "value": value}


def test_few_vectors_become_exact_segments_and_many_a_compressed_one(path, small_segments):
    store = EmbeddedStore(path)
    fill(store, range(100))
    assert segments(path) == [50, 50]
    fill(store, range(100, 210))
    assert segments(path) == [200]
    assert len(list((path / "vectors").rglob("*.faiss"))) == 1
    assert not list((path / "vectors").rglob("*.float32"))
    statistics = store.statistics()["vector_index"]
    assert statistics["compressed"] == 200
    assert 0 < statistics["recall"] <= 1
    store.close()


@pytest.mark.parametrize(
    ("filters", "allowed"),
    [(None, lambda n: True), (equal("half", 1), lambda n: n % 2 == 1), (equal("tenth", 3), lambda n: n % 10 == 3)],
)
def test_compressed_segments_find_what_a_scan_finds(path, small_segments, filters, allowed):
    """Where every row is scored a second time, order and scores are those of an exact scan."""
    store = EmbeddedStore(path)
    fill(store, range(430))
    assert max(segments(path)) >= 160
    for query in unit_vectors(5, seed=7):
        hits = store.vector_search(query, fingerprint=FINGERPRINT, top_k=12, filters=filters)
        assert uris(hits) == nearest([n for n in range(430) if allowed(n)], query, 12)
        for hit in hits:
            assert hit.score == pytest.approx(float(vector_of(int(hit.content.split()[1])) @ query), abs=1e-6)
    store.close()


def test_a_filter_holds_in_compressed_segments(path, small_segments):
    store = EmbeddedStore(path)
    fill(store, range(430))
    for query in unit_vectors(5, seed=8):
        hits = store.vector_search(query, fingerprint=FINGERPRINT, top_k=100, filters=equal("tenth", 3))
        assert len(hits) == 43  # few enough to be scanned exactly
        assert {hit.meta["tenth"] for hit in hits} == {3}
    store.close()


def test_equal_vectors_tie_by_id_in_a_compressed_segment(path, small_segments):
    store = EmbeddedStore(path)
    store.write_sources([source(f"{n}.txt", f"text {n}") for n in range(200)])
    missing = store.missing_vectors(FINGERPRINT)
    same = np.repeat(unit_vectors(1, seed=3), len(missing), axis=0)
    store.write_vectors(FINGERPRINT, [name for name, _ in missing], same)
    assert segments(path) == [160, 40]
    hits = store.vector_search(same[0], fingerprint=FINGERPRINT, top_k=5)
    assert [hit.id for hit in hits] == sorted(document.id for document in store.iterate())[:5]
    store.close()


def test_replaced_and_deleted_passages_leave_compressed_segments(path, small_segments):
    store = EmbeddedStore(path)
    fill(store, range(200))
    store.delete_sources(["8.txt"])
    store.write_sources([source("16.txt", "text 1016")])
    assert {"8.txt", "16.txt"}.isdisjoint(search(store, vector_of(8), top_k=200))
    fill(store, [])
    embed_all(store)
    found = search(store, vector_of(8), top_k=200)
    assert "8.txt" not in found
    assert "16.txt" in found
    store.close()
    again = EmbeddedStore(path)
    assert search(again, vector_of(8), top_k=200) == found
    again.close()


def test_worn_segments_are_written_again(path, small_segments, monkeypatch):
    store = EmbeddedStore(path)
    fill(store, range(200))
    store.delete_sources([f"{n}.txt" for n in range(120)])
    with store.lease("a job"):
        pass
    assert segments(path) == [200]  # a reader may still be reading the revision before
    later = time.time() + 120
    monkeypatch.setattr(time, "time", lambda: later)
    with store.lease("a job"):
        pass
    assert segments(path) == [80]
    assert search(store, vector_of(130), top_k=10) == nearest(range(120, 200), vector_of(130), 10)
    store.close()


def test_purged_rows_do_not_come_back_from_a_segment(path, small_segments):
    store = EmbeddedStore(path)
    fill(store, range(200))
    store.close()
    store = EmbeddedStore(path)  # knows of the removal and the purge only from the database
    other = EmbeddedStore(path)
    assert len(search(other, vector_of(0), top_k=300)) == 200
    store.delete_sources([f"{n}.txt" for n in range(10)], purge=True)
    for reader in (store, other):
        assert len(search(reader, vector_of(0), top_k=300)) == 190
    store.close()
    other.close()
    store = EmbeddedStore(path)
    assert len(search(store, vector_of(0), top_k=300)) == 190
    store.close()


def test_another_process_takes_over_what_was_folded(path, small_segments):
    reader = EmbeddedStore(path)
    writer = EmbeddedStore(path)
    for begin in range(0, 300, 100):
        fill(writer, range(begin, begin + 100))
        query = vector_of(begin)
        assert search(reader, query, top_k=20) == nearest(range(begin + 100), query, 20)
    held = next(iter(reader._opened.vectors._open.values()))._index.segments
    assert sum(len(segment) for segment in held) == sum(segments(path))
    reader.close()
    writer.close()


def test_killed_while_folding(path, small_segments):
    code = """
    from carrel.stores.embedded import vector_folding, vector_files
    vector_folding.FOLD_AT = 40
    vector_files.write_aside = lambda path, content: os.kill(os.getpid(), signal.SIGKILL)
    store.write_sources([source(f"{n}.txt", f"text {n}") for n in range(50)])
    embed_all(store)
    """
    assert run(code, path)[0] == -signal.SIGKILL
    store = EmbeddedStore(path)
    assert len(search(store, vector_of(0), top_k=100)) == 50
    store.close()


def test_a_missing_segment_is_made_again(path, small_segments):
    store = EmbeddedStore(path)
    fill(store, range(300))
    before = search(store, vector_of(5), top_k=300)
    store.close()
    next((path / "vectors").rglob("*.rows.npy")).unlink()
    store = EmbeddedStore(path)
    assert sorted(search(store, vector_of(5), top_k=300)) == sorted(before)
    store.close()


def test_recall_of_a_compressed_segment(tmp_path):
    """Thirty thousand vectors and queries between their clusters: nearly all neighbours are found, with any filter."""
    rng = np.random.default_rng(0)
    count, dimension = 30_000, 64
    centers = rng.standard_normal((300, dimension))
    drawn = centers[rng.integers(0, 300, count)] + 0.7 * rng.standard_normal((count, dimension))
    vectors = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    queries = vectors[::1000] + vectors[500::1000]
    keys = np.arange(1, count + 1)
    page = LogPage(keys, keys, np.ones_like(keys), np.full_like(keys, NEVER), vectors)
    with pytest.MonkeyPatch().context() as patch:
        patch.setattr(vector_folding, "COMPRESS_AT", count)
        state = LogState(revision=1, purges=0)
        entry = write_segment(tmp_path, dimension, [page], span=LogRange(0, count), logged=count, state=state)
        part = read_segment(tmp_path, entry, dimension).part
    for share in (1.0, 0.5, 0.01):
        allowed = np.flatnonzero(rng.random(count) < share)
        admitted = part.admitted(1, Selection(keys[allowed]))
        hits = 0
        for query in queries / np.linalg.norm(queries, axis=1, keepdims=True):
            found = part.search(query, 10, admitted)
            true = allowed[np.argsort(-(vectors[allowed] @ query))[:10]]
            hits += len(np.intersect1d(keys[true], found.keys))
            assert np.isin(found.keys, keys[allowed]).all()
        assert hits >= 0.95 * 300


class Planned:
    """A segment as far as planning goes."""

    def __init__(self, span, rows, *, compressed):
        self.span = span
        self.rows = rows
        self.is_compressed = compressed

    def __len__(self):
        return self.rows


@settings(deadline=None)
@given(st.lists(st.integers(1, 30_000), max_size=60))
def test_folding_keeps_segments_few_and_bounded(arrivals):
    """Whatever arrives: nothing is lost, few rows wait or are scanned, and no row is written more than twice."""
    held, waiting, written = [], 0, 0
    for arrived in arrivals:
        waiting += arrived
        while plan := plan_fold(held, waiting):
            rows = sum(map(len, held[plan.first :])) + plan.waiting
            held[plan.first :] = [Planned(None, rows, compressed=vector_folding.is_compressed(rows))]
            waiting -= plan.waiting
            written += rows
    assert sum(map(len, held)) + waiting == sum(arrivals)
    assert waiting < vector_folding.FOLD_AT
    assert sum(len(one) for one in held if not one.is_compressed) < vector_folding.COMPRESS_AT
    assert all(len(one) < 1.5 * vector_folding.COMPRESS_AT for one in held)
    assert written <= 2 * sum(arrivals)


@given(st.lists(st.tuples(st.integers(0, 100_000), st.floats(0, 1)), max_size=20))
def test_compaction_comes_to_an_end(rows_and_worn):
    held = [Planned(None, rows, compressed=vector_folding.is_compressed(rows)) for rows, _ in rows_and_worn]
    gone = [int(rows * worn) for rows, worn in rows_and_worn]
    left = sum(map(len, held)) - sum(gone)
    for _ in range(len(held) + 1):
        plan = plan_compaction(held, gone)
        if plan is None:
            break
        rows = sum(map(len, held[plan.first : plan.end])) - sum(gone[plan.first : plan.end])
        held[plan.first : plan.end] = [Planned(None, rows, compressed=vector_folding.is_compressed(rows))]
        gone[plan.first : plan.end] = [0]
    assert plan_compaction(held, gone) is None
    assert sum(map(len, held)) - sum(gone) == left


def test_a_fold_takes_no_more_than_a_segment_holds():
    assert plan_fold([], 1_000_000) == Fold(0, 0, vector_folding.COMPRESS_AT)
    assert plan_fold([], 10) is None


def test_a_small_collection_is_searched_without_importing_faiss(path):
    store = EmbeddedStore(path)
    fill(store, range(100))
    store.close()
    code = """
    found = store.vector_search(unit_vectors(1, seed=1)[0], fingerprint=FINGERPRINT, top_k=3)
    print(len(found), "faiss" in sys.modules)
    """
    assert run(code, path) == (0, "3 False\n")
