"""Writes the example articles: one text file for each article of SQuAD 1.1 dev.

python examples/wikipedia/make.py dev-v1.1.json.gz
"""

from __future__ import annotations

import sys
from pathlib import Path

from carrel.datasets.squad import read_squad

ARTICLES = Path(__file__).parent / "articles"


def make(data: Path, folder: Path) -> None:
    """Write the articles of a SQuAD file, their paragraphs unchanged and in order, a blank line between them."""
    folder.mkdir(parents=True, exist_ok=True)
    for article in read_squad(data):
        (folder / f"{article.title}.txt").write_text(article.text + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]), ARTICLES)
