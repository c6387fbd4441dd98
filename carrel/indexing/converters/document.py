"""What a converter returns, and how it is put together from the blocks that a format is read as."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from carrel.errors import ConversionError
from carrel.types import CanonicalText, Heading, Metadata

_UNWANTED = re.compile(r"\r\n?|[\0\ud800-\udfff]")
_LINE_TAIL = re.compile(r"[ \t]+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Converted:
    """The canonical text of one source, and the metadata that its format carries (author, date, front matter)."""

    text: CanonicalText
    meta: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, table or listing of a document.

    `level` is that of a heading (1 is the highest, 0 for other blocks); a `tight` block follows the one before it on
    the next line, as the items of a list do; every other one stands after a blank line.
    """

    text: str
    level: int = 0
    tight: bool = False


def sanitize(text: str) -> str:
    """Unify newlines to `\\n` and replace NUL and lone surrogates; every other character stays as it is."""
    return _UNWANTED.sub(lambda match: "\n" if match[0][0] == "\r" else "\ufffd", text)


def stem(name: str) -> str:
    """Return the file name without folder and suffix: the title of a document that has no better one."""
    return PurePosixPath(name).stem


def canonical(text: str, title: str) -> CanonicalText:
    """Make the canonical text of a source without headings or pages.

    Raises:
        ConversionError: there is nothing but white space.
    """
    clean = sanitize(text)
    if not clean.strip():
        raise ConversionError("no text", "The document holds no text")
    return CanonicalText(clean, one_line(title))


def assemble(pages: Iterable[Iterable[Block]], *, title: str, paged: bool = False) -> CanonicalText:
    """Join the blocks of the pages into one canonical text, and note where headings and pages begin.

    A format without pages hands over one page; `paged` says that the page starts mean something.

    Raises:
        ConversionError: no block has any text.
    """
    writer = _Writer()
    starts: list[int] = []
    for page in pages:
        starts.append(writer.next_offset)
        for block in page:
            writer.add(block)
    text = writer.text
    if not text:
        raise ConversionError("no text", "The document holds no text")
    page_starts = tuple(min(start, len(text)) for start in starts) if paged else ()
    return CanonicalText(text, one_line(title), page_starts, tuple(writer.headings))


def one_line(text: str) -> str:
    """Return a text as one line, as titles and headings are."""
    return " ".join(sanitize(text).split())


class _Writer:
    """A text that grows by blocks."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self.headings: list[Heading] = []

    @property
    def text(self) -> str:
        return "".join(self._parts)

    @property
    def next_offset(self) -> int:
        """Where the next block will begin, when it is not a tight one."""
        return self._length + 2 if self._length else 0

    def add(self, block: Block) -> None:
        text = one_line(block.text) if block.level else _LINE_TAIL.sub("", sanitize(block.text)).strip("\n")
        if not text.strip():
            return
        if self._length:
            self._append("\n" if block.tight else "\n\n")
        if block.level:
            self.headings.append(Heading(self._length, block.level, text))
        self._append(text)

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)


def choose_title(candidates: Iterable[object], blocks: Iterable[Block], name: str) -> str:
    """Return the first candidate that is not blank, else the first heading of level 1, else the name's stem."""
    for candidate in candidates:
        if isinstance(candidate, str | int | float) and not isinstance(candidate, bool) and one_line(str(candidate)):
            return one_line(str(candidate))
    first = next((block.text for block in blocks if block.level == 1 and one_line(block.text)), "")
    return one_line(first) or stem(name)
