"""Texts as nodes: the characters as they are, with marks around some of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from carrel.types import CanonicalText, Span
from carrel.ui.drawing import Node, node


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked in a text, in its own offsets: the answer, headings, words that matched, beginnings of pages.

    `place` lets the page scroll to the answer.
    """

    answers: Sequence[Span] = ()
    headings: Sequence[Span] = ()
    terms: Sequence[Span] = ()
    pages: Sequence[tuple[int, int]] = ()
    place: bool = False


def marked(text: str, start: int, marks: Marks) -> list[Node]:
    """Return a part of a text, which begins at `start` of it, with what lies in it marked.

    An answer is one element around everything else, so that its text content is the answer.
    """
    return _levels(text, start, [(marks.answers, "answer"), (marks.headings, "heading"), (marks.terms, "term")], marks)


def document_marks(text: CanonicalText, answers: Sequence[Span]) -> Marks:
    """Return the marks of a whole document with these answers."""
    headings = [Span(h.start, _end_of_heading(text.text, h.start, h.text)) for h in text.headings]
    pages = [(start, number) for number, start in enumerate(text.page_starts, start=1)]
    return Marks(answers, headings, pages=pages, place=bool(answers))


def blocks(window: Span, starts: Iterable[int]) -> list[Span]:
    """Cut a window of a text where passages begin."""
    inside = sorted({start for start in starts if window.start < start < window.end})
    return [Span(begin, end) for begin, end in pairwise([window.start, *inside, window.end])]


def _levels(text: str, start: int, levels: list[tuple[Sequence[Span], str]], marks: Marks) -> list[Node]:
    if not text:
        return []
    if not levels:
        return _with_pages(text, start, marks.pages)
    (spans, kind), deeper = levels[0], levels[1:]
    found: list[Node] = []
    at = start
    for span in _disjoint(spans, start, start + len(text)):
        found += _levels(text[at - start : span.start - start], at, deeper, marks)
        inner = _levels(text[span.start - start : span.end - start], span.start, deeper, marks)
        found.append(_wrapped(kind, inner, marks))
        at = span.end
    return [*found, *_levels(text[at - start :], at, deeper, marks)]


def _wrapped(kind: str, inner: list[Node], marks: Marks) -> Node:
    if kind == "heading":
        return node("span", inner, class_="heading")
    if kind == "term":
        return node("mark", inner, class_="term")
    return node("mark", inner, class_="found", data_place=marks.place)


def _with_pages(text: str, start: int, pages: Sequence[tuple[int, int]]) -> list[Node]:
    found: list[Node] = []
    at = start
    for begin, number in pages:
        if start <= begin < start + len(text):
            found += [text[at - start : begin - start], node("span", class_="leaf", data_page=number)]
            at = begin
    return [*found, text[at - start :]]


def _disjoint(spans: Sequence[Span], low: int, high: int) -> list[Span]:
    """Return the parts of the spans between two offsets, in order; what overlaps is joined."""
    clipped = sorted(Span(max(s.start, low), min(s.end, high)) for s in spans if s.start < high and s.end > low)
    joined: list[Span] = []
    for span in clipped:
        if joined and span.start < joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(span.end, joined[-1].end))
        else:
            joined.append(span)
    return joined


def _end_of_heading(text: str, start: int, heading: str) -> int:
    if text.startswith(heading, start):
        return start + len(heading)
    end = text.find("\n", start)
    return len(text) if end < 0 else end
