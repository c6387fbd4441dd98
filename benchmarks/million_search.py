"""Latency, recall and filters on a collection that `benchmarks/million.py` has built.

    python benchmarks/million_search.py FOLDER [--queries 200]

Prints one JSON object. Latencies are of whole calls, hits with texts included, in milliseconds: wall time, and the CPU
time of all threads, which other programs disturb less. `hybrid` is the retriever that `carrel search` uses, given the
query's vector. Everything is warm: five times as many other queries were asked before, in the same way. Recall is
counted against a scan of every vector in the database; `bm25_exact` says in how many of the queries a filtered search
equals the whole ranking, filtered after.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from passages import Passages

from carrel._haystack import Document
from carrel.retrievers.hybrid import HybridRetriever
from carrel.stores.embedded.store import EmbeddedStore

FILTERS: dict[str, dict[str, Any] | None] = {
    "all": None,
    "50 %": {"field": "meta.half", "operator": "==", "value": 1},
    "1 %": {"field": "meta.percent", "operator": "==", "value": 7},
    ".01 %": {"field": "meta.rare", "operator": "==", "value": 4242},
}
TOP = 10
_EXACT_QUERIES = 20
_OPENING = """
import sys, time
import numpy as np
began = time.perf_counter()
from carrel.stores.embedded.store import EmbeddedStore
imported = time.perf_counter()
store = EmbeddedStore(sys.argv[1])
store.bm25_search(sys.argv[2])
words = time.perf_counter()
store.vector_search(np.eye(1, int(sys.argv[4]), dtype=np.float32)[0], fingerprint=sys.argv[3])
print(imported - began, words - imported, time.perf_counter() - words)
"""


class GivenVectors:
    """An encoder of queries whose vectors are known: searching is measured without embedding."""

    fingerprint = Passages.fingerprint

    def __init__(self, queries: Sequence[str], vectors: NDArray[np.float32]) -> None:
        self._vectors = dict(zip(queries, vectors, strict=True))

    def encode_query(self, query: str) -> NDArray[np.float32]:
        """Return the vector that belongs to a query."""
        return self._vectors[query]


def latencies(search: Callable[[int], list[Document]], count: int) -> tuple[dict[str, float], list[list[Document]]]:
    """Run searches number 0 to `count`, after five times as many others; return quantiles and what was found."""
    for number in range(count, 6 * count):
        search(number)
    wall, cpu, found = [], [], []
    for number in range(count):
        began, began_cpu = time.perf_counter(), time.process_time()
        found.append(search(number))
        wall.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (time.process_time() - began_cpu))
    names = {"p50": (wall, 0.5), "p95": (wall, 0.95), "cpu_p50": (cpu, 0.5), "cpu_p95": (cpu, 0.95)}
    return {name: round(float(np.quantile(taken, q)), 2) for name, (taken, q) in names.items()}, found


def opening(store: Path, query: str) -> dict[str, float]:
    """Return the best of three new processes: seconds to import, to a first BM25 result, and to a first by vector."""
    command = [sys.executable, "-c", _OPENING, str(store), query, Passages.fingerprint, str(Passages.dimensions)]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() for _ in range(3)]
    best = min(runs, key=lambda run: sum(map(float, run)))
    return dict(zip(("import", "first_bm25", "first_vector"), (round(float(taken), 2) for taken in best), strict=True))


def exact_neighbours(
    store: EmbeddedStore, queries: NDArray[np.float32], allowed: dict[str, NDArray[np.int64]]
) -> dict[str, list[set[int]]]:
    """Return the passages with the best cosines for each query, by a scan of the database, for each filter."""
    from carrel.stores.embedded.vector_log import read_log
    from carrel.stores.embedded.vector_rows import encoder_row

    best = {name: (np.full((len(queries), TOP), -2.0), np.zeros((len(queries), TOP), np.int64)) for name in allowed}
    with store._open().database.reading() as connection:
        encoder = encoder_row(connection, Passages.fingerprint).key
        for page in read_log(connection, encoder, 0):
            scores = queries @ page.vectors.T
            for name, keys in allowed.items():
                inside = np.isin(page.keys, keys)
                joined = np.concatenate([best[name][0], scores[:, inside]], axis=1)
                names = np.concatenate([best[name][1], np.broadcast_to(page.keys[inside], scores[:, inside].shape)], 1)
                order = np.argpartition(-joined, TOP - 1, axis=1)[:, :TOP]
                best[name] = (np.take_along_axis(joined, order, 1), np.take_along_axis(names, order, 1))
    return {name: [set(row.tolist()) - {0} for row in keys] for name, (_, keys) in best.items()}


def bm25_is_exact(store: EmbeddedStore, query: str, allowed: NDArray[np.int64], found: list[Document]) -> bool:
    """Say whether hits have the scores of the whole ranking, filtered after."""
    from carrel.stores.embedded.bm25 import bm25_candidates
    from carrel.stores.query import Query

    view = store._open().text.view()
    everything = bm25_candidates(view, Query.of_words(query), view.searcher.num_docs, allowed=None, boosts=store.boosts)
    keys = np.array([key for _, key in everything], dtype=np.int64)
    scores = np.array([score for score, _ in everything])[np.isin(keys, allowed)]
    expected = np.sort(scores)[::-1][:TOP]
    return np.allclose(expected, [hit.score for hit in found], rtol=1e-5)


def measure(folder: Path, count: int) -> dict[str, Any]:
    """Return every figure."""
    from carrel.stores.embedded.selection import select_keys

    made = Passages()
    words, vectors = made.queries(6 * count), made.query_vectors(6 * count)
    path = folder / "home" / "collections" / "default"
    figures: dict[str, Any] = {"opening_seconds": opening(path, words[0])}
    store = EmbeddedStore(path)
    hybrid = HybridRetriever(store)
    hybrid._dense._encoder = GivenVectors(words, vectors)  # type: ignore[assignment]
    searches: dict[str, Callable[[int, dict[str, Any] | None], list[Document]]] = {
        "bm25": lambda n, f: store.bm25_search(words[n], top_k=TOP, filters=f),
        "vector": lambda n, f: store.vector_search(vectors[n], fingerprint=made.fingerprint, top_k=TOP, filters=f),
        "hybrid": lambda n, f: hybrid.run(words[n], top_k=TOP, filters=f)["documents"],
    }
    with store._open().snapshot() as snapshot:
        allowed = {n: select_keys(snapshot.connection, f, snapshot.revision) for n, f in FILTERS.items()}
    truth = exact_neighbours(store, vectors[:count], allowed)
    key_of = _keys_by_uri(store)
    for mode, search in searches.items():
        for name, filters in FILTERS.items():
            taken, found = latencies(lambda n, s=search, f=filters: s(n, f), count)  # type: ignore[misc]
            row: dict[str, Any] = {**taken, "passages": len(allowed[name])}
            row["not_matching"] = sum(not _matches(hit, filters) for hits in found for hit in hits)
            if mode == "vector":
                hits = [{key_of(hit) for hit in hits} & true for hits, true in zip(found, truth[name], strict=True)]
                wanted = sum(map(len, truth[name]))
                row["recall@10"] = round(sum(map(len, hits)) / wanted, 4) if wanted else None
            if mode == "bm25" and filters:
                checked = range(min(_EXACT_QUERIES, count))
                exact = [bm25_is_exact(store, words[n], allowed[name], found[n]) for n in checked]
                row["bm25_exact"] = f"{sum(exact)} of {len(exact)}"
            figures[f"{mode}, {name}"] = row
    figures["vector_index"] = store.statistics()["vector_index"]
    store.close()
    return figures


def _matches(hit: Document, filters: dict[str, Any] | None) -> bool:
    return filters is None or hit.meta[filters["field"].removeprefix("meta.")] == filters["value"]


def _keys_by_uri(store: EmbeddedStore) -> Callable[[Document], int]:
    """Return what tells the key of a passage from a hit."""
    from sqlalchemy import select

    from carrel.stores.embedded.schema import passages

    def key_of(hit: Document) -> int:
        with store._open().database.reading() as connection:
            query = select(passages.c.key).where(passages.c.id == hit.id, passages.c.removed.is_(None))
            return int(connection.execute(query).scalar_one())

    return key_of


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--queries", type=int, default=200)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.folder, arguments.queries), indent=1))


if __name__ == "__main__":
    main()
