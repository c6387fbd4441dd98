"""The lines of a page as paragraphs: from their places, so that sentences become whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from carrel.indexing.converters.document import Block

Box = tuple[float, float, float, float]
"""Left, bottom, right and top of a character, in points from the lower left corner of the page."""

_BULLET = re.compile(
    r"[\u2022\u25cf\u25cb\u25aa\u25a0\u2023\u2043\u27a2\uf000-\uf0ff*\u2013-]\s|\(?(?:\d{1,2}|[a-z])[.)]\s"
)
_ENDS_SENTENCE = re.compile(r"[.!?:;\u3002\uff01\uff1f][\"')\]\u201d\u2019]*$")
_HYPHENATED = re.compile(r"[^\W\d_]-$")
_PUNCTUATION = re.compile(r"[,.;:!?)\]]")

# In heights of a line.
_GAP = 0.35
_INDENT = 0.8
_CELL_GAP = 1.5
_SAME_SIZE = 0.15
# In widths of a column.
_SHORT = 0.2
_VERY_SHORT = 0.4


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text with the boxes of its first and last character; None where their places are not known.

    What `goes_on` stands on the line of the one before it, after a wide gap.
    """

    text: str
    first: Box | None
    last: Box | None
    goes_on: bool = False

    @property
    def left(self) -> float:
        return self.first[0] if self.first else 0.0

    @property
    def right(self) -> float:
        return self.last[2] if self.last else 0.0

    @property
    def top(self) -> float:
        return self.first[3] if self.first else 0.0

    @property
    def bottom(self) -> float:
        return self.last[1] if self.last else 0.0

    @property
    def height(self) -> float:
        return max(self.first[3] - self.first[1], 1.0) if self.first else 1.0


def paragraphs(lines: Sequence[Line]) -> list[Block]:
    """Join the lines of one page to paragraphs; the items of a list follow each other without blank lines."""
    layout = _Layout(lines)
    blocks: list[Block] = []
    text = ""
    for before, line in pairwise([None, *lines]):
        if line is None:
            continue
        if before is not None and (line.goes_on or shares_row(before, line)):
            text = join_row(text, before, line)
        elif before is not None and not layout.begins_paragraph(before, line):
            text = _join_lines(text, line.text)
        else:
            _append(blocks, text)
            text = line.text
    _append(blocks, text)
    return blocks


class _Layout:
    """What is usual on a page."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        gaps = [(a.bottom - b.top) / b.height for a, b in pairwise(lines) if -1 < (a.bottom - b.top) / b.height < 3]
        self._gap = median(gaps) if gaps else 0.0

    def begins_paragraph(self, before: Line, line: Line) -> bool:
        if line.first is None or before.first is None:
            return bool(_ENDS_SENTENCE.search(before.text)) or bool(_BULLET.match(line.text))
        if _BULLET.match(line.text) or abs(line.height - before.height) > _SAME_SIZE * max(line.height, before.height):
            return True
        gap = (before.bottom - line.top) / line.height
        ended = bool(_ENDS_SENTENCE.search(before.text))
        if gap < -1:
            # The next column or a box: the paragraph goes on if its sentence does.
            return ended or not line.text[:1].islower()
        indented = _INDENT < (line.left - before.left) / line.height < 4 * _INDENT
        return gap > self._gap + _GAP or (indented and ended) or self._is_last_line(before, line, ended=ended)

    def _is_last_line(self, before: Line, line: Line, *, ended: bool) -> bool:
        """Tell by its length whether a line is the last of its paragraph."""
        column = [other.right for other in self._lines if abs(other.left - before.left) < 2 * before.height]
        width = max(column, default=before.right) - before.left
        missing = (before.left + width - before.right) / width if width > 0 else 0.0
        return (missing > _SHORT and ended) or (missing > _VERY_SHORT and not line.text[:1].islower())


def is_mark(text: str) -> bool:
    """Tell whether a text is nothing but the mark of a list's item."""
    return bool(_BULLET.fullmatch(f"{text.strip()} "))


def shares_row(before: Line, line: Line) -> bool:
    """Tell whether a line goes on beside the one before it: a superscript, or the next cell of a table."""
    if line.first is None or before.last is None:
        return False
    overlap = min(before.last[3], line.top) - max(before.bottom, line.first[1])
    return overlap > 0.5 * min(line.height, before.last[3] - before.bottom) and line.left > before.right - line.height


def join_row(text: str, before: Line, line: Line) -> str:
    """Return the text of a row with what stands beside it."""
    if not line.goes_on and line.left - before.right > _CELL_GAP * line.height:
        return f"{text} | {line.text}"
    return text + line.text if _PUNCTUATION.match(line.text) else f"{text} {line.text}"


def _join_lines(text: str, following: str) -> str:
    if _HYPHENATED.search(text) and following[:1].islower():
        return text[:-1] + following
    return f"{text} {following}"


def _append(blocks: list[Block], text: str) -> None:
    if text:
        in_list = bool(_BULLET.match(text)) and bool(blocks) and bool(_BULLET.match(blocks[-1].text))
        blocks.append(Block(text, tight=in_list))
