"""Telling the prose of a Markdown file from its fenced listings, before it is parsed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby

_FENCE = re.compile(r"^[ \t]*(?:(?:[-*+>]|\d+[.)])[ \t]+)*(`{3,}|~{3,})(.*)$")


def rewrite_prose(source: str, rewrite: Callable[[str], str]) -> str:
    """Apply `rewrite` to every run of lines outside fenced listings; the listings stay as they are."""
    pieces = []
    for fenced, lines in groupby(_marked_lines(source), key=lambda marked: marked[0]):
        text = "".join(line for _, line in lines)
        pieces.append(text if fenced else rewrite(text))
    return "".join(pieces)


def _marked_lines(source: str) -> Iterator[tuple[bool, str]]:
    """Yield each line with whether it belongs to a fenced listing, its fences included."""
    fence = ""
    for line in _lines(source):
        found = _FENCE.match(line)
        if fence:
            yield True, line
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
        elif found and "`" not in found[2]:
            fence = found[1]
            yield True, line
        else:
            yield False, line


def _lines(source: str) -> Iterator[str]:
    start = 0
    while start < len(source):
        end = source.find("\n", start) + 1 or len(source)
        yield source[start:end]
        start = end
