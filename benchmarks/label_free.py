"""Does adapting an encoder without labels help, and is it refused where it does not?

    python benchmarks/label_free.py DATASET HOME [--split test]...

DATASET is a BEIR folder or one of SubjQA's. Its texts alone are indexed into HOME and learned from; its labelled
questions, of one split or several, measure the collection before and after, compared question by question, at last all
splits together. The receipt says what the adaptation itself, which has not seen them, decided.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from carrel.cli.eval_compare import saved_runs, show_comparison
from carrel.datasets import open_dataset
from carrel.eval.compare import SavedRun, compare_runs
from carrel.eval.temporary import write_texts

MODES = ("dense", "hybrid")


def carrel(*words: str | Path) -> None:
    """Run a command of Carrel's, its output shown."""
    subprocess.run([sys.executable, "-m", "carrel", *map(str, words)], check=True)


def main() -> None:
    """Index, measure, adapt, measure again, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("home", type=Path)
    parser.add_argument("--split", action="append")
    arguments = parser.parse_args()
    home = ("--home", arguments.home)
    splits = arguments.split or ["test"]
    texts = arguments.home / "texts"
    if not texts.is_dir():
        write_texts(open_dataset(str(arguments.dataset), split=splits[0]), texts)
    carrel("index", texts, *home)

    def measure() -> None:
        for split in splits:
            modes = [word for mode in MODES for word in ("--mode", mode)]
            carrel("eval", "retrieval", arguments.dataset, "--split", split, "--indexed", *modes, *home)

    measure()
    carrel("adapt", "encoder", *home)
    measure()
    kept = len(MODES) * len(splits)
    for run in range(1, kept + 1):
        carrel("eval", "compare", str(run), str(run + kept), *home)
    show_together(arguments.home, kept)


def show_together(home: Path, kept: int) -> None:
    """Print both modes over the questions of all splits: the first `kept` runs, and as many after them."""
    runs = [run for number in range(1, 2 * kept + 1) for run in saved_runs(str(number), home)]
    for place, mode in enumerate(MODES):
        before = together(f"{mode} before", runs[place : kept : len(MODES)])
        after = together(f"{mode} after", runs[kept + place :: len(MODES)])
        show_comparison(compare_runs([before, after]))


def together(name: str, runs: Sequence[SavedRun]) -> SavedRun:
    """Return the questions of several splits as one run."""
    values = {f"{place}/{question}": found for place, run in enumerate(runs) for question, found in run.values.items()}
    return SavedRun(name, f"all splits, {len(values)} questions", runs[0].stage, name, values)


if __name__ == "__main__":
    main()
