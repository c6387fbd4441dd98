"""Kill indexing with SIGKILL at random moments of every stage, then compare with a run that nobody disturbed.

    python benchmarks/kill.py --kills 60 --seed 0

A folder of texts and rows changes before every run: sources are added, replaced and deleted. Every run is a process of
its own that brings the collection in line and compacts it; the parent waits until it enters the stage that was hit
least so far, and kills it after a random part of the time that the stage takes. In the end one run is left alone, and
has to leave what a new collection over the same folder holds: sources, passages, spans, metadata, vectors within 1e-3,
rankings of every mode after the text index was rewritten. Exit code 3 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from kill_compare import differences, doubled
from kill_corpus import SPLITTING, Corpus
from kill_stages import NAMES, Board, watch_stages

from carrel import Platform
from carrel.settings import IndexSettings, ModelSettings, Settings

FOLD_AT = 64
"""Vectors that are folded into a segment: few, so that every run folds."""

_POLL_SECONDS = 0.0002
_PATIENCE_SECONDS = 300.0
_FORK = multiprocessing.get_context("fork")


@dataclass
class Outcome:
    """What happened: kills by the stage that they hit, and what was wrong afterwards."""

    kills: Counter[str] = field(default_factory=Counter)
    undisturbed: int = 0
    encoded: int = 0
    wrong: list[str] = field(default_factory=list)


def main() -> None:
    """Run the test and print its outcome."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--files", type=int, default=330, help="text files at the beginning, of six passages each")
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--queries", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        report = kill_test(Path(folder), arguments)
    print(json.dumps(report) if arguments.json else _table(report))
    sys.exit(3 if report["wrong"] else 0)


def kill_test(folder: Path, arguments: argparse.Namespace) -> dict[str, object]:
    """Kill, let finish, compare; returns what to print."""
    corpus = Corpus(folder / "corpus", files=arguments.files, rows=arguments.rows, seed=arguments.seed)
    chance = random.Random(arguments.seed)
    outcome, board, home = Outcome(), Board(), folder / "home"
    while outcome.kills.total() < arguments.kills:
        target = min(NAMES, key=lambda name: (outcome.kills[name], chance.random()))
        _run_and_kill(home, corpus, board, target, chance, outcome)
        outcome.encoded += board.encoded
        outcome.wrong += _half_done(home)
        corpus.change(replaced=chance.choice((0, 12)))
        print(f"\r{outcome.kills.total()} kills, last {board.stage}   ", end="", file=sys.stderr, flush=True)
    for place in (home, folder / "undisturbed"):
        _finish(place, corpus.folder)
    with _open(home) as killed, _open(folder / "undisturbed") as undisturbed:
        status = killed.status()
        outcome.wrong += list(differences(killed, undisturbed, corpus.queries(arguments.queries)))
        outcome.wrong += [f"{passage} is there twice" for passage in doubled(killed)]
        if {record.uri for record in killed.store.sources()} != corpus.uris:
            outcome.wrong.append("the sources are not those of the folder")
    return {
        "kills": {name: outcome.kills[name] for name in (*NAMES, "between") if outcome.kills[name]},
        "runs that ended first": outcome.undisturbed,
        "sources": status.sources,
        "passages": status.passages,
        "vectors": status.vectors,
        "texts that the folder ever held": corpus.texts,
        "texts encoded by the killed runs": outcome.encoded,
        "wrong": outcome.wrong[:20],
    }


def _run_and_kill(
    home: Path, corpus: Corpus, board: Board, target: str, chance: random.Random, outcome: Outcome
) -> None:
    """Start a run and kill it in the target stage, or a little after."""
    entries = chance.randint(1, max(1, min(3, board.count(target))))
    board.clear()
    run = _FORK.Process(target=_index, args=(home, corpus.folder, board))
    run.start()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while run.is_alive() and board.count(target) < entries and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    moment = time.monotonic() + chance.uniform(0, board.longest(target))
    while board.stage == target and time.monotonic() < moment:
        time.sleep(_POLL_SECONDS)
    if not run.is_alive():
        outcome.undisturbed += 1
        if run.exitcode:
            outcome.wrong.append(f"a run ended with {run.exitcode}")
        return
    os.kill(run.pid or 0, signal.SIGKILL)
    run.join()
    outcome.kills[board.stage] += 1


def _finish(home: Path, folder: Path) -> None:
    run = _FORK.Process(target=_index, args=(home, folder, Board()))
    run.start()
    run.join()


def _index(home: Path, folder: Path, board: Board) -> None:
    """What is killed: bring the collection in line with the folder, then compact it."""
    from carrel.stores.embedded import vector_files, vector_folding

    vector_folding.FOLD_AT = vector_files.FOLD_AT = FOLD_AT
    watch_stages(board)
    with _open(home) as desk:
        desk.index(folder)
        desk.store.compact(grace=0.0, deleted_share=0.0)


def _half_done(home: Path) -> Sequence[str]:
    """Look at the collection as another process would, right after a kill: what is found fits together."""
    queue = _FORK.SimpleQueue()
    reader = _FORK.Process(target=_read, args=(home, queue))
    reader.start()
    wrong = queue.get()
    reader.join()
    return wrong


def _read(home: Path, queue: multiprocessing.SimpleQueue[list[str]]) -> None:
    wrong: list[str] = []
    try:
        if (home / "collections/default/store.db").is_file():
            with _open(home) as desk:
                counts = desk.store.statistics()
                if counts["searchable"] != counts["passages"]:
                    wrong.append(f"{counts['searchable']} of {counts['passages']} passages are in the text index")
                for source, versions in _versions(desk).items():
                    if len(versions) > 1:
                        wrong.append(f"passages of {len(versions)} versions of {source} are visible at once")
    except Exception as error:  # noqa: BLE001  # whatever a reader meets here is a finding
        wrong.append(f"a reader after a kill: {type(error).__name__}: {error}")
    queue.put(wrong)


def _versions(desk: Platform) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for document in desk.store.iterate():
        block = document.meta["carrel"]
        found.setdefault(block["source"], set()).add(block["version"])
    return found


def _open(home: Path) -> Platform:
    settings = Settings(index=IndexSettings(**SPLITTING, batch_passages=200), models=ModelSettings(threads=2))
    return Platform(home, settings=settings)


def _table(report: dict[str, object]) -> str:
    kills = cast("dict[str, int]", report["kills"])
    lines = ["", "| stage | kills |", "|---|---|", *(f"| {name} | {count} |" for name, count in kills.items())]
    lines += [f"{name}: {value}" for name, value in report.items() if name != "kills"]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
