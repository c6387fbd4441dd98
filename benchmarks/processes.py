"""One process indexes with replacements while three others search and ask.

    python benchmarks/processes.py --seconds 120

The writer replaces a batch of sources again and again, each time with the number of the round in every text. A reader
must never meet an error, two rounds in one answer of the store, or a part of a batch. The visibility of a round is how
long after the end of its write a look that began then still showed an older one, for each reader.
Exit code 3 if anything was wrong, or the 95th percentile of the visibility is a second or more.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from carrel import Platform
from carrel.indexing.embedding import embed_missing
from carrel.indexing.job import index_paths
from carrel.indexing.splitter import Splitter

SOURCES = 20
"""Sources of a batch; every one has the word `beacon`, so that one search sees all."""

_SPAWN = multiprocessing.get_context("spawn")
_LIMIT_SECONDS = 1.0


def main() -> None:
    """Run the processes and print what they saw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        report = run(Path(folder), arguments.seconds)
    print(json.dumps(report) if arguments.json else "\n".join(f"{name}: {value}" for name, value in report.items()))
    sys.exit(3 if report["wrong"] or report["visibility p95"] >= _LIMIT_SECONDS else 0)


def run(folder: Path, seconds: float) -> dict[str, Any]:
    """Let one process write and three read for some seconds; returns what to print."""
    home, corpus, results = folder / "home", folder / "corpus", _SPAWN.SimpleQueue()
    corpus.mkdir()
    _write_round(corpus, 0)
    with Platform(home) as desk:
        desk.index(corpus)
    ready = _SPAWN.Barrier(4)
    readers = [
        _SPAWN.Process(target=_read, args=(home, ready, seconds, watch, results))
        for watch in ("words", "meaning", "answers")
    ]
    writer = _SPAWN.Process(target=_index, args=(home, corpus, ready, seconds, results))
    for process in (writer, *readers):
        process.start()
    told = [results.get() for _ in range(4)]
    for process in (writer, *readers):
        process.join()
    return _report(told)


def _report(told: list[dict[str, Any]]) -> dict[str, Any]:
    [written] = [each["written"] for each in told if "written" in each]
    readers = [each for each in told if "seen" in each]
    waits = [_stale_for(reader["seen"], number, done) for reader in readers for number, done in written.items()]
    return {
        "rounds": len(written),
        "looks": {reader["watch"]: reader["looks"] for reader in readers},
        "visibility p50": float(np.median(waits)) if waits else 0.0,
        "visibility p95": float(np.quantile(waits, 0.95)) if waits else 0.0,
        "visibility max": max(waits, default=0.0),
        "wrong": [wrong for each in told for wrong in each["wrong"]][:20],
    }


def _stale_for(seen: list[tuple[float, int]], number: int, done: float) -> float:
    """Return how long after the end of a write looks went on to show what was before; `seen` is (begin, round)."""
    return max((begin - done for begin, shown in seen if begin > done and shown < number), default=0.0)


def _write_round(corpus: Path, number: int) -> None:
    for source in range(SOURCES):
        text = f"The beacon {source} shows the signal {number}. It stands on the hill {source} and was lit by a keeper."
        (corpus / f"beacon-{source}.txt").write_text(text, encoding="utf-8")


def _index(home: Path, corpus: Path, ready: Any, seconds: float, results: Any) -> None:
    written: dict[int, float] = {}
    wrong: list[str] = []
    number = 0
    with Platform(home) as desk:
        splitter = Splitter(desk.encoder.tokenizer)
        embed_missing(desk.store, desk.encoder)
        ready.wait()
        until = time.time() + seconds
        while time.time() < until and not wrong:
            number += 1
            _write_round(corpus, number)
            try:
                # a round is one batch, however long its files take
                index_paths(desk.store, [corpus], splitter=splitter, batch_seconds=3600.0)
                written[number] = time.time()
                embed_missing(desk.store, desk.encoder)
            except Exception as error:  # noqa: BLE001  # whatever happens is a finding
                wrong.append(f"writer: {type(error).__name__}: {error}")
    results.put({"written": written, "wrong": wrong})


def _read(home: Path, ready: Any, seconds: float, watch: str, results: Any) -> None:
    seen: list[tuple[float, int]] = []
    wrong: list[str] = []
    looks = 0
    with Platform(home) as desk:
        look = {"words": _search_words, "meaning": _search_meaning, "answers": _ask}[watch](desk)
        look()
        ready.wait()
        until = time.time() + seconds
        while time.time() < until and len(wrong) < 20:
            began = time.time()
            try:
                numbers = look()
            except Exception as error:  # noqa: BLE001  # whatever happens is a finding
                wrong.append(f"{watch}: {type(error).__name__}: {error}")
                continue
            looks += 1
            if len(set(numbers)) > 1:
                wrong.append(f"{watch}: rounds {sorted(set(numbers))} at once")
            elif not numbers:
                wrong.append(f"{watch}: a part of a batch")
            else:
                seen.append((began, numbers[0]))
    results.put({"watch": watch, "seen": seen, "looks": looks, "wrong": wrong})


def _search_words(desk: Platform) -> Callable[[], list[int]]:
    def look() -> list[int]:
        hits = desk.search("beacon", mode="bm25", top_k=2 * SOURCES)
        return [_number(hit.text) for hit in hits] if len(hits) == SOURCES else []

    return look


def _search_meaning(desk: Platform) -> Callable[[], list[int]]:
    """Hybrid search sees a batch by its words first and by its vectors later, but never two of them."""

    def look() -> list[int]:
        hits = desk.search("beacon on a hill", mode="hybrid", top_k=2 * SOURCES)
        return [_number(hit.text) for hit in hits] if len(hits) == SOURCES else []

    return look


def _ask(desk: Platform) -> Callable[[], list[int]]:
    def look() -> list[int]:
        result = desk.ask("Which signal does the beacon show?", retriever_top_k=SOURCES)
        return [_number(answer.context) for answer in result.answers]

    return look


def _number(text: str) -> int:
    return int(text.partition("signal ")[2].partition(".")[0])


if __name__ == "__main__":
    main()
