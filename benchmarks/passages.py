"""Made passages and vectors for measurements of size: no data is needed, and the same seed gives the same rows.

A passage is about one of `TOPICS` topics, whose name is its title. Its words follow a Zipf-Mandelbrot law (Mandelbrot
1953): the most frequent ones are English function words, the others are made of syllables; half of the others come
from the topic. Its vector is the topic's direction plus what the passage adds in `LATENT` dimensions of the topic's
own, taken from the hash of its text: clustered, and with neighbours that differ, as sentence vectors are. Metadata
fields cut the rows into halves (`half`), hundredths (`percent`) and ten-thousandths (`rare`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 384
TOPICS = 4000
_FIELDS = 200
LATENT = 32
_WORDS = 120_000
_TOPIC_WORDS = 120
_FUNCTION_WORDS = """
the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you
were her all she there would their we him been has when who will more no if out so said what up its about into than them
can only other new some could time these two may then do first any my now such like our over
"""
_ONSETS = (*"bcdfghjklmnprst", "br", "ch", "dr", "gr", "pr", "st")
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "io", "ou")
_CODAS = ("", "", "", "l", "m", "n", "r", "s", "t", "nd", "rk", "st")


class Passages:
    """Rows `_id`, `title`, `text` and metadata, with vectors that belong to their texts."""

    fingerprint = "made-vectors"
    dimensions = DIMENSIONS

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        rng = np.random.default_rng(seed)
        self._words = np.array(_vocabulary(rng, _WORDS))
        self._frequent = len(_FUNCTION_WORDS.split())
        ranks = np.arange(1, _WORDS + 1)
        self._cumulative = np.cumsum((ranks + 2.7) ** -1.05)
        self._cumulative /= self._cumulative[-1]
        self._topic_words = rng.integers(self._frequent, _WORDS, size=(TOPICS, _TOPIC_WORDS))
        self.titles = [" ".join(self._words[row[:2]]).title() + f" {n}" for n, row in enumerate(self._topic_words)]

    @cached_property
    def _topic_of(self) -> dict[str, int]:
        return {title: topic for topic, title in enumerate(self.titles)}

    @cached_property
    def _directions(self) -> NDArray[np.float32]:
        """The directions of topics, which gather in fields of their own."""
        rng = np.random.default_rng((self._seed, 1))
        fields = rng.standard_normal((_FIELDS, DIMENSIONS), dtype=np.float32)
        own = rng.standard_normal((TOPICS, DIMENSIONS), dtype=np.float32)
        return unit(fields[rng.integers(0, _FIELDS, TOPICS)] + own)

    @cached_property
    def _loadings(self) -> NDArray[np.float32]:
        """What each latent dimension of a field of topics adds to a vector."""
        rng = np.random.default_rng((self._seed, 2))
        return rng.standard_normal((64, LATENT, DIMENSIONS), dtype=np.float32) / np.float32(np.sqrt(DIMENSIONS))

    def rows(self, count: int, *, first: int = 0) -> Iterator[dict[str, object]]:
        """Yield rows number `first` and on; a row is the same whatever range it is drawn in."""
        block = 1000
        for begin in range(first - first % block, first + count, block):
            for number, row in enumerate(self._block(begin, block), start=begin):
                if first <= number < first + count:
                    yield row

    def write(self, path: Path, count: int, *, first: int = 0) -> None:
        """Write rows to a JSONL file."""
        with path.open("w", encoding="utf-8") as file:
            for row in self.rows(count, first=first):
                file.write(json.dumps(row) + "\n")

    def queries(self, count: int, *, seed: int = 1) -> list[str]:
        """Return queries of two to six words: of one topic mostly, and some of any."""
        rng = np.random.default_rng((self._seed, 3, seed))
        made = []
        for topic in rng.integers(0, TOPICS, count):
            length = int(rng.integers(2, 7))
            words = self._topic_words[topic][_skewed(rng, length, _TOPIC_WORDS)]
            anywhere = self._draw(rng, length)
            made.append(" ".join(self._words[np.where(rng.random(length) < 0.6, words, anywhere)]))
        return made

    def query_vectors(self, count: int, *, seed: int = 1) -> NDArray[np.float32]:
        """Return vectors of texts that are not in the collection, shape (count, DIMENSIONS)."""
        rng = np.random.default_rng((self._seed, 4, seed))
        titles = [self.titles[topic] for topic in rng.integers(0, TOPICS, count)]
        return self.encode([f"{title}\nquestion {seed} {number}" for number, title in enumerate(titles)])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the unit vectors of embedding texts (title, line break, text), shape (len(texts), DIMENSIONS)."""
        topics = np.array([self._topic_of[text.partition("\n")[0]] for text in texts])
        digests = b"".join(hashlib.sha256(text.encode()).digest() for text in texts)
        latent = np.frombuffer(digests, dtype=np.uint8).reshape(len(texts), LATENT).astype(np.float32) / 74.0 - 1.72
        added = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for kind in np.unique(topics % 64):
            rows = topics % 64 == kind
            added[rows] = latent[rows] @ self._loadings[kind]
        return unit(self._directions[topics] + 0.2 * added)

    def _block(self, begin: int, size: int) -> Iterator[dict[str, object]]:
        rng = np.random.default_rng((self._seed, 5, begin))
        topics = rng.integers(0, TOPICS, size)
        lengths = np.clip(rng.lognormal(3.5, 0.4, size), 8, 64).astype(int)
        for offset, (topic, length) in enumerate(zip(topics, lengths, strict=True)):
            number = begin + offset
            anywhere = self._draw(rng, length)
            of_topic = self._topic_words[topic][_skewed(rng, length, _TOPIC_WORDS)]
            words = np.where((rng.random(length) < 0.5) & (anywhere >= self._frequent), of_topic, anywhere)
            yield {
                "_id": f"row-{number}",
                "title": self.titles[topic],
                "text": " ".join(self._words[words]).capitalize() + ".",
                "half": int(rng.integers(0, 2)),
                "percent": int(rng.integers(0, 100)),
                "rare": int(rng.integers(0, 10_000)),
            }

    def _draw(self, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
        return np.searchsorted(self._cumulative, rng.random(count))


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the vectors at length 1."""
    return np.ascontiguousarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def _skewed(rng: np.random.Generator, count: int, size: int) -> NDArray[np.int64]:
    """Return places below `size`, the first ones most often."""
    return (size * rng.random(count) ** 3).astype(np.int64)


def _vocabulary(rng: np.random.Generator, size: int) -> list[str]:
    words = dict.fromkeys(_FUNCTION_WORDS.split())
    while len(words) < size:
        syllables = 1 + int(rng.integers(0, 3))
        parts = (part[rng.integers(0, len(part))] for _ in range(syllables) for part in (_ONSETS, _VOWELS, _CODAS))
        words.setdefault("".join(parts))
    return list(words)
