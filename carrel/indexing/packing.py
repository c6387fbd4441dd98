"""Filling passages: whole paragraphs while they fit, sentences, lines and words of those that do not."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from carrel.indexing.sections import Region
from carrel.indexing.sentences import sentence_starts
from carrel.types import Span

_PARAGRAPH_END = re.compile(r"(?:[^\S\n]*\n){2,}")
_LINE_END = re.compile(r"\n+")
_CELLS = " | "
_TINY = 4
"""A passage that is less than a quarter full takes in the beginning of a paragraph that has to be cut anyway."""
_JOINING = frozenset("\u200d\u20e3")

Starts = Callable[[str, int, int], Iterable[int]]


class Packer:
    """Cuts the regions of one text into passages of at most `max_tokens` tokens, which begin at `token_starts`.

    With an `overlap`, a passage repeats that many of the last whole sentences of the one before it in the same region,
    or as many as leave room for the next sentence.
    """

    def __init__(self, text: str, token_starts: Sequence[int], *, max_tokens: int, overlap: int) -> None:
        self._text = text
        self._tokens = token_starts
        self._max = max_tokens
        self._overlap = overlap
        self._spans: list[Span] = []
        self._start = self._fresh = self._end = self._body = 0

    def count(self, start: int, end: int) -> int:
        """Return how many tokens begin in `[start, end)`."""
        return bisect_left(self._tokens, end) - bisect_left(self._tokens, start)

    def pack(self, region: Region) -> list[Span]:
        """Return the passages of a region, in order; they cover it."""
        self._spans = []
        self._start = self._fresh = self._end = region.start
        self._body = region.body
        self._place_all(region.start, region.end, _LEVELS)
        self._close(whole=True)
        return self._spans

    def _place_all(self, start: int, end: int, levels: tuple[Starts, ...]) -> None:
        """Divide `[start, end)` by the first level and place the parts."""
        begins = [start, *(begin for begin in levels[0](self._text, start, end) if begin > max(start, self._body)), end]
        # Passages of about the same size, rather than full ones and a rest.
        passages = -(-self.count(start, end) // self._max)
        target = self.count(start, end) / passages if passages > 1 and levels is not _LEVELS else self._max
        for begin, stop in pairwise(begins):
            self._place(begin, stop, levels)
            if stop < end and self.count(self._start, self._end) >= target:
                self._close(whole=True)

    def _place(self, start: int, end: int, levels: tuple[Starts, ...]) -> None:
        if self._extend(end):
            return
        must_be_cut = self.count(start, end) > self._max
        if self._end > self._fresh and not (must_be_cut and self._is_tiny()):
            self._close(whole=True)
            if self._extend(end):
                return
        if len(levels) > 1 and (must_be_cut or levels is _LEVELS):
            self._place_all(start, end, levels[1:])
        elif must_be_cut:
            self._place_words(end)
        else:
            self._shorten_overlap(end)

    def _extend(self, end: int) -> bool:
        """Let the passage that is being filled reach to `end`, if it has room."""
        if self.count(self._start, end) > self._max:
            return False
        self._end = end
        return True

    def _is_tiny(self) -> bool:
        return self.count(self._start, self._end) * _TINY < self._max

    def _close(self, *, whole: bool) -> None:
        """End the passage and begin the next; only one that ends with a `whole` sentence hands on an overlap."""
        if self._end == self._fresh:
            return
        self._spans.append(Span(self._start, self._end))
        begins = sentence_starts(self._text, self._start, self._end)[1:] if whole and self._overlap else []
        self._start = begins[-self._overlap] if len(begins) >= self._overlap > 0 else (begins or [self._end])[0]
        self._fresh = self._end

    def _shorten_overlap(self, end: int) -> None:
        for begin in [*sentence_starts(self._text, self._start, self._fresh)[1:], self._fresh]:
            self._start = begin
            if self._extend(end):
                return

    def _place_words(self, end: int) -> None:
        """Cut a sentence that is too long at white space, and what has none anywhere."""
        if self._end == self._fresh:
            self._start = self._fresh
        while not self._extend(end):
            full = self._tokens[bisect_left(self._tokens, self._start) + self._max]
            floor = max(self._end, self._body) if self._body < full else self._end
            self._end = _last_word_start(self._text, floor, full) or self._cut_within_word(floor, full)
            self._close(whole=False)

    def _cut_within_word(self, floor: int, full: int) -> int:
        if self._end > self._fresh:
            return self._end
        cut = full
        while cut > floor + 1 and _continues_character(self._text, cut):
            cut -= 1
        return cut if cut > floor + 1 else full


def _paragraph_starts(text: str, start: int, end: int) -> Iterator[int]:
    return (match.end() for match in _PARAGRAPH_END.finditer(text, start, end) if match.end() < end)


def _line_starts(text: str, start: int, end: int) -> Iterator[int]:
    return (match.end() for match in _LINE_END.finditer(text, start, end) if match.end() < end)


def _sentence_starts(text: str, start: int, end: int) -> Iterable[int]:
    """Yield where the sentences of a paragraph begin, or the rows of a table."""
    lines = text[start:end].strip().split("\n")
    is_table = len(lines) > 1 and sum(_CELLS in line for line in lines) * 2 > len(lines)
    return _line_starts(text, start, end) if is_table else sentence_starts(text, start, end)


_LEVELS: tuple[Starts, ...] = (_paragraph_starts, _sentence_starts, _line_starts)


def _last_word_start(text: str, floor: int, limit: int) -> int | None:
    """Return the last offset in `(floor, limit]` that follows white space and begins a word."""
    cut = limit
    while cut > floor and not text[cut - 1].isspace():
        cut -= 1
    return cut if cut > floor else None


def _continues_character(text: str, offset: int) -> bool:
    """Tell whether the character at `offset` belongs to the one before it: a combining mark, a joined emoji."""
    here, before = text[offset], text[offset - 1]
    return (
        unicodedata.category(here) in ("Mn", "Mc", "Me")
        or here in _JOINING
        or before == "\u200d"
        or "\U0001f3fb" <= here <= "\U0001f3ff"
    )
