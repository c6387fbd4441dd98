"""The sections of a text as regions that are packed apart: a heading begins a new one, tiny sections share one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from carrel.types import Heading

Count = Callable[[int, int], int]
"""How many tokens begin in `[start, end)`."""

_TINY = 4
"""A section of less than a quarter of a passage shares one with the next, if both fit."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the text whose passages share none with other parts; its own text begins at `body`, after headings."""

    start: int
    end: int
    body: int


@dataclass(frozen=True, slots=True)
class _Section:
    """A heading (or several with nothing between them) and the text up to the next one."""

    start: int
    end: int
    level: int
    body: int


def regions(text: str, headings: Sequence[Heading], count: Count, max_tokens: int) -> list[Region]:
    """Divide a text at its headings.

    A section that fits into one passage with all its subsections is one region. Of the others, each heading begins a
    region, but a tiny one takes in its next sibling or first subsection where both fit. A heading is never parted from
    the text below it.
    """
    return _divide(_sections(text, headings), count, max_tokens)


def _sections(text: str, headings: Sequence[Heading]) -> list[_Section]:
    marks = [Heading(0, 0, ""), *headings]
    ends = [*(heading.start for heading in headings), len(text)]
    found: list[_Section] = []
    for mark, end in zip(marks, ends, strict=True):
        body = _skip_white(text, min(mark.start + len(mark.text), end), end)
        if found and found[-1].body == found[-1].end:
            # Nothing stands under the heading before: both begin one section.
            previous = found.pop()
            level = min(previous.level, mark.level) if previous.level else mark.level
            found.append(_Section(previous.start, end, level, body))
        else:
            found.append(_Section(mark.start, end, mark.level, body))
    return found


def _divide(sections: Sequence[_Section], count: Count, max_tokens: int) -> list[Region]:
    whole = Region(sections[0].start, sections[-1].end, sections[0].body)
    if len(sections) == 1 or count(whole.start, whole.end) <= max_tokens:
        return [whole]
    found: list[Region] = []
    for group in _groups(sections):
        parts = _divide(group, count, max_tokens)
        previous = found[-1] if found else None
        if previous and len(parts) == 1 and _may_share(previous, parts[0], count, max_tokens):
            found[-1] = Region(previous.start, parts[0].end, previous.body)
        else:
            found += parts
    return found


def _may_share(first: Region, second: Region, count: Count, max_tokens: int) -> bool:
    return count(first.start, first.end) * _TINY < max_tokens and count(first.start, second.end) <= max_tokens


def _groups(sections: Sequence[_Section]) -> Iterator[Sequence[_Section]]:
    """Divide sections at those of the highest level; a section that is the parent of all others stands by itself."""
    cuts = _highest(sections)
    if cuts == [0]:
        yield sections[:1]
        sections = sections[1:]
        cuts = _highest(sections)
    for start, end in pairwise([*sorted({0, *cuts}), len(sections)]):
        yield sections[start:end]


def _highest(sections: Sequence[_Section]) -> list[int]:
    top = min(section.level for section in sections)
    return [index for index, section in enumerate(sections) if section.level == top]


def _skip_white(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start
