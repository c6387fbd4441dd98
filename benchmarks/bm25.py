"""Rows to searchable by BM25, and the latency of searching them, in one process.

    python benchmarks/bm25.py SQUAD_TRAIN SQUAD_DEV [--passages 100000] [--questions 1000]

The passages are the sentences of the SQuAD training paragraphs, each a row of a JSONL file, and then as many of them
again, two joined, as it takes. The questions are a seeded sample of the development questions.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from carrel import Platform
from carrel.datasets.squad import read_squad, sample_questions
from carrel.indexing.sentences import sentence_starts


def sentences(path: Path) -> Iterator[str]:
    """Yield the sentences of a SQuAD file, then neighbouring pairs of them."""
    found = [
        paragraph[start:end].strip()
        for article in read_squad(path, on_bad="skip")
        for paragraph in article.paragraphs
        for start, end in pairwise([*sentence_starts(paragraph), len(paragraph)])
    ]
    yield from found
    yield from (f"{first} {second}" for first, second in pairwise(found))


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("dev", type=Path)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=1000)
    arguments = parser.parse_args()
    questions = [question for article in read_squad(arguments.dev) for question in article.questions]
    chosen = [question.question for question in sample_questions(questions, arguments.questions)]
    with TemporaryDirectory() as folder, Platform(Path(folder) / "home") as desk:
        rows = Path(folder) / "rows.jsonl"
        with rows.open("w", encoding="utf-8") as file:
            for number, text in enumerate(islice(sentences(arguments.train), arguments.passages)):
                file.write(json.dumps({"_id": str(number), "text": text}) + "\n")
        began = time.perf_counter()
        report = desk.index(rows, embed=False)
        seconds = time.perf_counter() - began
        print(f"indexed {report.passages} passages in {seconds:.1f} s: {report.passages / seconds:.0f} passages/s")
        for question in random.Random(1).sample(chosen, min(100, len(chosen))):
            desk.search(question, mode="bm25")
        taken = []
        for question in chosen:
            began = time.perf_counter()
            desk.search(question, mode="bm25", top_k=10)
            taken.append(1000 * (time.perf_counter() - began))
        print(
            f"BM25, {len(taken)} questions, top 10 with texts: p50 {np.median(taken):.2f} ms, p95 "
            f"{np.quantile(taken, 0.95):.2f} ms"
        )


if __name__ == "__main__":
    main()
