"""The example articles are the data set's, word for word."""

from __future__ import annotations

from pathlib import Path

from carrel.datasets.squad import read_squad
from carrel.indexing.converters import convert

ARTICLES = Path(__file__).parents[2] / "examples" / "wikipedia" / "articles"


def test_there_are_articles_that_can_be_read() -> None:
    files = sorted(ARTICLES.iterdir())

    assert len(files) == 48
    assert all(len(convert(file.read_bytes(), file.name).text.text) > 5000 for file in files)
    assert convert((ARTICLES / "Super_Bowl_50.txt").read_bytes(), "Super_Bowl_50.txt").text.title == "Super_Bowl_50"


def test_every_paragraph_stands_in_its_article_unchanged_and_in_order(carrel_data: Path) -> None:
    for article in read_squad(carrel_data / "squad" / "dev-v1.1.json.gz"):
        text = (ARTICLES / f"{article.title}.txt").read_text(encoding="utf-8")
        assert text == "\n\n".join(article.paragraphs) + "\n"
        assert convert(text.encode(), "a.txt").text.text == text
