"""Ranking the spans of many passages as answers to one question: one order, no answer twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from carrel.measures.answers import normalize_answer
from carrel.readers.passages import Passage
from carrel.types import Span


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span as an answer.

    `local` is its place in the passage's text and `span` in the version's; `reader` is the log-odds against "no
    answer", `score` what the order goes by (the same, or less something for the passage's rank), `probability` the
    reader's own and uncalibrated one. `support` counts the passages that gave this answer.
    """

    passage: Passage
    local: Span
    reader: float
    probability: float
    score: float
    support: int = 1

    @property
    def text(self) -> str:
        return self.passage.text[self.local.start : self.local.end]

    @property
    def has_words(self) -> bool:
        """Whether it says anything: an article or a full stop alone does not."""
        return bool(normalize_answer(self.text))

    @property
    def span(self) -> Span:
        offset = self.passage.provenance.start
        return Span(self.local.start + offset, self.local.end + offset)


def rank_candidates(candidates: Iterable[Candidate], *, null_threshold: float) -> list[Candidate]:
    """Return the candidates best first, each answer once; ties in the order of the passages and of their text.

    Of spans that overlap in one version (passages may share text), and of spans with the same words, the best stays. A
    span with the same words elsewhere that is better than "no answer" counts as support.
    """
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=_order):
        if any(_same_place(candidate, other) for other in kept):
            continue
        twin = next((i for i, other in enumerate(kept) if _words(other) == _words(candidate)), None)
        if twin is None:
            kept.append(candidate)
        elif candidate.reader > null_threshold:
            kept[twin] = replace(kept[twin], support=kept[twin].support + 1)
    return kept


def _order(candidate: Candidate) -> tuple[float, int, int, int]:
    return -candidate.score, candidate.passage.rank, candidate.local.start, candidate.local.end


def _same_place(one: Candidate, other: Candidate) -> bool:
    a, b = one.passage.provenance, other.passage.provenance
    same_text = (a.source, a.version) == (b.source, b.version)
    return same_text and one.span.start < other.span.end and other.span.start < one.span.end


def _words(candidate: Candidate) -> str:
    return normalize_answer(candidate.text) or candidate.text
