"""Does adapting an encoder without labels help, and is it refused where it does not?

    python benchmarks/label_free.py DATASET HOME [--split test]

DATASET is a BEIR folder or one of SubjQA's. Its texts alone are indexed into HOME and learned from; its labelled
questions measure the collection before and after, compared question by question. The receipt says what the adaptation
itself, which has not seen them, decided.
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
    parser.add_argument("--split", default="test")
    arguments = parser.parse_args()
    home = ("--home", arguments.home)
    texts = arguments.home / "texts"
    if not texts.is_dir():
        write_texts(open_dataset(str(arguments.dataset), split=arguments.split), texts)
    carrel("index", texts, *home)
    modes = ("--mode", "dense", "--mode", "hybrid")
    measure = ("eval", "retrieval", arguments.dataset, "--split", arguments.split, "--indexed", *modes, *home)
    carrel(*measure)
    carrel("adapt", "encoder", *home)
    carrel(*measure)
    for before, after in (("1", "3"), ("2", "4")):
        carrel("eval", "compare", before, after, *home)


if __name__ == "__main__":
    main()
