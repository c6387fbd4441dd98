"""A folder of texts that changes: files and rows that come, change and go, by a seed."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TypeVar

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_PASSAGES_IN_FILE = 6
_MARKDOWN = 80
"""Every so many-th file is Markdown, which is converted in a process of its own."""
_WORDS = 10
"""Words of a paragraph, which is one passage with `SPLITTING`."""

T = TypeVar("T")

SPLITTING = {"max_tokens": 32}


class Corpus:
    """Text files, a few Markdown files and one file of rows, under `folder`; `texts` counts what was ever written."""

    def __init__(self, folder: Path, *, files: int, rows: int, seed: int) -> None:
        self.folder = folder
        self._random = random.Random(seed)
        self._words = ["".join(self._syllable() for _ in range(self._random.randint(2, 4))) for _ in range(3000)]
        self._numbers: list[int] = []
        self._rows: dict[str, str] = {}
        self._next = 0
        self.texts = 0
        folder.mkdir(parents=True)
        self.change(added=files, replaced=0, deleted=0)
        self._change_rows(added=rows, replaced=0, deleted=0)

    def change(self, *, added: int = 8, replaced: int = 12, deleted: int = 4) -> None:
        """Add, rewrite and remove so many files, and half as many rows."""
        for number in self._sample(self._numbers, replaced):
            self._write(number)
        for number in self._sample(self._numbers, deleted):
            self._numbers.remove(number)
            self._path(number).unlink()
        for _ in range(added):
            self._numbers.append(self._next)
            self._write(self._next)
            self._next += 1
        if self._rows:
            self._change_rows(added=added // 2, replaced=replaced // 2, deleted=deleted // 2)

    @property
    def uris(self) -> set[str]:
        """The names that the sources have to have."""
        return {self._path(number).name for number in self._numbers} | set(self._rows)

    def queries(self, count: int) -> list[str]:
        """Return queries of words that occur."""
        return [" ".join(self._random.choices(self._words, self._weights(), k=3)) for _ in range(count)]

    def _change_rows(self, *, added: int, replaced: int, deleted: int) -> None:
        for identity in self._sample(sorted(self._rows), replaced):
            self._rows[identity] = self._paragraph()
        for identity in self._sample(sorted(self._rows), deleted):
            del self._rows[identity]
        for _ in range(added):
            self._rows[f"row-{self._next}"] = self._paragraph()
            self._next += 1
        lines = (
            json.dumps({"_id": identity, "text": text, "year": 1900 + len(text) % 100})
            for identity, text in self._rows.items()
        )
        (self.folder / "rows.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _write(self, number: int) -> None:
        paragraphs = "\n\n".join(self._paragraph() for _ in range(_PASSAGES_IN_FILE))
        text = f"# {self._words[number % 3000].title()}\n\n{paragraphs}" if number % _MARKDOWN == 0 else paragraphs
        self._path(number).write_text(text + "\n", encoding="utf-8")

    def _path(self, number: int) -> Path:
        return self.folder / f"note-{number:05}.{'md' if number % _MARKDOWN == 0 else 'txt'}"

    def _paragraph(self) -> str:
        self.texts += 1
        return " ".join(self._random.choices(self._words, self._weights(), k=_WORDS)).capitalize() + "."

    def _weights(self) -> list[float]:
        return [1 / (rank + 5) for rank in range(len(self._words))]

    def _syllable(self) -> str:
        return self._random.choice(_CONSONANTS) + self._random.choice(_VOWELS)

    def _sample(self, population: list[T], count: int) -> list[T]:
        return self._random.sample(population, min(count, len(population)))
