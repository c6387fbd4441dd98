"""The life of a document store, step by step: what is written, filtered, deleted, overwritten, saved and found then.

    python benchmarks/peers/lifecycle.py carrel|memory|faiss|faiss-hnsw

Runs in an environment with the store's own package only (`pip install carrel`; `pip install haystack-ai`;
`pip install faiss-haystack`) and prints one JSON object. Every step begins with a new, empty store, calls nothing but
the store's public methods, and says what was expected and what was seen.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from stores import DIMENSION, STORES, Document, DuplicateDocumentError, DuplicatePolicy, Opened

PROCESSES = multiprocessing.get_context("forkserver")
Step = Callable[[str, Path], str]
STEPS: dict[str, tuple[str, Step]] = {}


def step(name: str, expected: str) -> Callable[[Step], Step]:
    """Register a step: it returns what was seen, which is right when it equals `expected`."""

    def register(function: Step) -> Step:
        STEPS[name] = (expected, function)
        return function

    return register


def _opened(store: str, folder: Path) -> Opened:
    return STORES[store](folder)


def direction(seed: int) -> list[float]:
    """Return a unit vector."""
    drawn = np.random.default_rng(seed).normal(size=DIMENSION)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32).tolist()


def _document(number: int, *, seed: int | None = None, **meta: Any) -> Any:
    vector = direction(number if seed is None else seed)
    return Document(id=f"d{number}", content=f"text {number}", embedding=vector, meta={"n": number, **meta})


def _ids(documents: list[Any]) -> list[str]:
    return [found.id for found in documents]


def _is(value: Any) -> dict[str, Any]:
    return {"field": "meta.kind", "operator": "==", "value": value}


@step("filter: 20 of 2,000 match, the 10 nearest are asked for", "the 10 nearest of the 20")
def _filtering(store: str, folder: Path) -> str:
    one = _opened(store, folder)
    one.write([_document(n, kind="rare" if n % 100 == 0 else "common") for n in range(2000)])
    query = np.array(direction(-1 & 0xFFFF))
    rare = [n for n in range(2000) if n % 100 == 0]
    nearest = sorted(rare, key=lambda n: -float(query @ np.array(direction(n))))[:10]
    found = _ids(one.search(query.tolist(), 10, _is("rare")))
    return "the 10 nearest of the 20" if found == [f"d{n}" for n in nearest] else f"{len(found)} documents"


@step("filter with an operator that does not exist", "an error")
def _unknown_operator(store: str, folder: Path) -> str:
    one = _opened(store, folder)
    one.write([_document(1, kind="a")])
    found = one.filter({"field": "meta.kind", "operator": "~", "value": "a"})
    return f"no error, {len(found)} documents"


@step("delete: search, count and a later write", "gone, and the others found")
def _deleting(store: str, folder: Path) -> str:
    one = _opened(store, folder)
    one.write([_document(n) for n in range(100)])
    one.delete(["d7"])
    nearest = _ids(one.search(direction(7), 99))
    one.write([_document(200)])
    whole = "d7" not in nearest and len(nearest) == 99 and _ids(one.search(direction(200), 1)) == ["d200"]
    return (
        "gone, and the others found"
        if whole and one.count() == 100
        else f"{one.count()} documents, {len(nearest)} hits"
    )


@step("overwrite: new text and new vector under an old id", "the new one only")
def _overwriting(store: str, folder: Path) -> str:
    one = _opened(store, folder)
    one.write([_document(n) for n in range(100)])
    one.write([_document(7, seed=5000, kind="new")], DuplicatePolicy.OVERWRITE)
    first = one.search(direction(5000), 1)[0]
    ranks = _ids(one.search(direction(7), 100))
    new_only = first.id == "d7" and first.meta["kind"] == "new" and ranks[0] != "d7" and len(set(ranks)) == 100
    return "the new one only" if new_only and one.count() == 100 else f"{one.count()} documents, first {first.id}"


@step("write the same id twice in one batch, policy FAIL", "refused, nothing written")
def _duplicates(store: str, folder: Path) -> str:
    one = _opened(store, folder)
    try:
        one.write([_document(1), _document(2), _document(1, seed=9)], DuplicatePolicy.FAIL)
    except DuplicateDocumentError:
        return "refused, nothing written" if one.count() == 0 else f"refused, {one.count()} of the batch written"
    return f"no error, {one.count()} documents, {len(one.search(direction(1), 10))} hits"


@step("write a batch whose last vector has another dimension", "refused, nothing written")
def _wrong_dimension(store: str, folder: Path) -> str:
    one = _opened(store, folder)
    one.write([_document(n) for n in range(5)])
    odd = Document(id="odd", content="odd", embedding=[1.0, 0.0], meta={})
    try:
        one.write([_document(10), odd])
    except Exception as error:  # noqa: BLE001
        left = one.count() - 5
        return "refused, nothing written" if not left else f"{type(error).__name__}, {left} of the batch written"
    try:
        one.search(direction(1), 3)
    except Exception as error:  # noqa: BLE001
        return f"written without an error; the next search fails with {type(error).__name__}"
    return "written without an error"


@step("a failed write, then an ordinary one", "search finds what count counts")
def _after_failure(store: str, folder: Path) -> str:
    one = _opened(store, folder)
    one.write([_document(n) for n in range(5)])
    with suppress(Exception):
        one.write([_document(10), Document(id="odd", content="odd", embedding=[1.0, 0.0], meta={})])
    one.write([_document(11)])
    found = len(one.search(direction(1), 50))
    return "search finds what count counts" if found == one.count() else f"count {one.count()}, search finds {found}"


@step("change a returned document's metadata", "the store does not change")
def _aliasing(store: str, folder: Path) -> str:
    one = _opened(store, folder)
    one.write([_document(1, kind="a")])
    one.filter(None)[0].meta["kind"] = "b"
    return "the store does not change" if one.filter(None)[0].meta["kind"] == "a" else "the store has changed"


@step("save and open again", "the same documents and hits")
def _saving(store: str, folder: Path) -> str:
    one = _opened(store, folder)
    one.write([_document(n, kind="ä", tags=["x", "y"]) for n in range(50)])
    before = [(d.id, round(d.score, 5), d.meta["tags"]) for d in one.search(direction(3), 10)]
    one.save()
    again = one.reopened()
    after = [(d.id, round(d.score, 5), d.meta["tags"]) for d in again.search(direction(3), 10)]
    return "the same documents and hits" if (before, again.count()) == (after, 50) else f"{again.count()} documents"


EITHER = "kept, or refused when it is written"


@step("a date in metadata: write, save, open again", EITHER)
def _saving_dates(store: str, folder: Path) -> str:
    when = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    one = _opened(store, folder)
    try:
        one.write([_document(1, when=when)])
    except Exception:  # noqa: BLE001
        return EITHER if one.count() == 0 else "refused, and written"
    one.save()
    found = one.reopened().filter(None)[0].meta["when"]
    return EITHER if found == when else repr(found)


@step("a save that fails half-way (a value that cannot be saved), over an earlier save", "the earlier save opens")
def _failing_save(store: str, folder: Path) -> str:
    one = _opened(store, folder)
    one.write([_document(n) for n in range(20)])
    one.save()
    try:
        one.write([_document(99, odd=object())])
        one.save()
    except Exception as error:  # noqa: BLE001
        seen = type(error).__name__
    else:
        seen = "no error"
    count = one.reopened().count()
    return "the earlier save opens" if count == 20 else f"{seen}; {count} documents then"


@step("killed while it saves, 10 times", "the old or the new state opens, 10 times")
def _killed(store: str, folder: Path) -> str:
    lost = []
    for trial in range(10):
        place = folder / str(trial)
        place.mkdir()
        one = _opened(store, place)
        one.write([_document(n) for n in range(500)])
        one.save()
        one.close()
        begun = PROCESSES.Event()
        process = PROCESSES.Process(target=_write_until_killed, args=(store, place, begun))
        process.start()
        begun.wait()
        time.sleep(0.05 + 0.03 * trial)
        process.kill()
        process.join()
        try:
            again = _opened(store, place)
            count, hits = again.count(), len(again.search(direction(1), 5))
            if count % 500 or not count or hits != 5:
                lost.append(f"{count} documents, {hits} of 5 hits")
        except Exception as error:  # noqa: BLE001
            lost.append(type(error).__name__)
    return "the old or the new state opens, 10 times" if not lost else f"{len(lost)} of 10 lost ({lost[0]})"


def _write_until_killed(store: str, folder: Path, begun: Any) -> None:
    one = _opened(store, folder)
    begun.set()
    for begin in range(500, 100_000, 500):
        one.write([_document(n) for n in range(begin, begin + 500)])
        one.save()


@step("two processes write to one place", "both writes are there")
def _two_writers(store: str, folder: Path) -> str:
    first, second = _opened(store, folder), _opened(store, folder)
    first.write([_document(1)])
    first.save()
    second.write([_document(2)])
    second.save()
    found = sorted(_ids(_opened(store, folder).filter(None)))
    return "both writes are there" if found == ["d1", "d2"] else f"only {', '.join(found)}"


@step("two stores called papers.v1 and papers.v2", "two stores")
def _two_names(store: str, folder: Path) -> str:
    one, two = STORES[store](folder, "papers.v1"), STORES[store](folder, "papers.v2")
    one.write([_document(1)])
    one.save()
    two = STORES[store](folder, "papers.v2")
    two.write([_document(2)])
    two.save()
    found = sorted(_ids(STORES[store](folder, "papers.v1").filter(None)))
    return "two stores" if found == ["d1"] else f"papers.v1 now holds {', '.join(found)}"


@step("scores: the nearest document has the highest", "highest first")
def _scores(store: str, folder: Path) -> str:
    one = _opened(store, folder)
    one.write([_document(n) for n in range(200)])
    found = [hit.score for hit in one.search(direction(5), 20)]
    return "highest first" if found == sorted(found, reverse=True) else "lowest first"


def seen(store: str, function: Step) -> str:
    """Run one step in a folder of its own; an exception is what was seen."""
    with TemporaryDirectory() as folder:
        try:
            return function(store, Path(folder))
        except Exception as error:  # noqa: BLE001
            first = (str(error).splitlines() or [""])[0]
            return f"{type(error).__name__}: {first[:90]}" if first else type(error).__name__


def _versions() -> dict[str, str]:
    found = {"python": sys.version.split()[0]}
    for name in ("carrel", "haystack-ai", "faiss-haystack", "faiss-cpu", "numpy", "tantivy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def main() -> None:
    """Run every step for the store named on the command line."""
    store = sys.argv[1]
    PROCESSES.set_forkserver_preload(
        ["stores", "haystack_integrations.document_stores.faiss", "carrel.stores.embedded.store"]
    )
    results = []
    for name, (expected, function) in STEPS.items():
        found = seen(store, function)
        error_is_right = expected == "an error" and not found.startswith("no error")
        results.append({"step": name, "expected": expected, "seen": found, "ok": found == expected or error_is_right})
    print(json.dumps({"store": store, "versions": _versions(), "steps": results}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
