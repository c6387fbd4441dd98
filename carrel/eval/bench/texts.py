"""Passages for measurements of speed: the sentences of a dataset, and as many made of neighbouring ones as it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from carrel.datasets import Dataset, SquadSet, SubjqaSet
from carrel.errors import UserError
from carrel.eval.questions import seeded_sample
from carrel.indexing.sentences import sentence_starts


def passages(dataset: Dataset, count: int) -> list[str]:
    """Return `count` different passages: sentences, then neighbouring pairs, then triples and so on.

    Raises:
        UserError: the dataset has no text.
    """
    sentences = [sentence for text in _texts(dataset) for sentence in _sentences(text)]
    if not sentences:
        raise UserError(f"{dataset.name} has no text to measure with")
    found: dict[str, None] = {}
    for width in range(1, len(sentences) + 1):
        for start in range(len(sentences) - width + 1):
            if len(found) == count:
                return list(found)
            found[" ".join(sentences[start : start + width])] = None
    return list(found)


def passages_of_words(dataset: Dataset, count: int, words: int) -> list[str]:
    """Return `count` passages of exactly so many words, cut from the dataset's texts one after the other.

    Raises:
        UserError: the dataset has not that much text.
    """
    found: list[str] = []
    held: list[str] = []
    for text in _texts(dataset):
        held += text.split()
        while len(held) >= words:
            found.append(" ".join(held[:words]))
            del held[:words]
            if len(found) == count:
                return found
    raise UserError(f"{dataset.name} has text for {len(found)} passages of {words} words, not for {count}")


def queries(dataset: Dataset, count: int, seed: int = 0) -> list[str]:
    """Return a seeded sample of the dataset's questions."""
    if isinstance(dataset, SquadSet | SubjqaSet):
        asked = [question.question for question in dataset.questions]
    else:
        asked = [query.text for query in dataset.queries]
    return seeded_sample(asked, count, seed)


def write_rows(texts: Sequence[str], path: Path) -> Path:
    """Write passages as a JSONL file that `carrel index` reads."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"_id": str(n), "text": t}, ensure_ascii=False) + "\n" for n, t in enumerate(texts))
    return path


def _texts(dataset: Dataset) -> Iterator[str]:
    if isinstance(dataset, SquadSet):
        yield from (paragraph for article in dataset.articles for paragraph in article.paragraphs)
    elif isinstance(dataset, SubjqaSet):
        yield from (review.text for review in dataset.reviews)
    else:
        yield from (document.text for document in dataset.documents)


def _sentences(text: str) -> Iterator[str]:
    for start, end in pairwise([*sentence_starts(text), len(text)]):
        if sentence := text[start:end].strip():
            yield sentence
