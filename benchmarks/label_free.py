"""Does adapting an encoder without labels help, and is it refused where it does not?

    python benchmarks/label_free.py DATASET HOME [--split test]...

DATASET is a BEIR folder or one of SubjQA's. Its texts alone are indexed into HOME and learned from; its labelled
questions, of one split or several, measure the collection before and after, compared question by question. The receipt
says what the adaptation itself, which has not seen them, decided.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from carrel.datasets import open_dataset
from carrel.eval.temporary import write_texts


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
            modes = ("--mode", "dense", "--mode", "hybrid")
            carrel("eval", "retrieval", arguments.dataset, "--split", split, "--indexed", *modes, *home)

    measure()
    carrel("adapt", "encoder", *home)
    measure()
    kept = 2 * len(splits)
    for run in range(1, kept + 1):
        carrel("eval", "compare", str(run), str(run + kept), *home)


if __name__ == "__main__":
    main()
