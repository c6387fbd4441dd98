"""Which answers are in doubt: where a label of a person would tell most about retriever, reader and threshold."""

from __future__ import annotations

from collections.abc import Iterator

from carrel.records.asked import AskedQuestion
from carrel.stores.contract import Filters
from carrel.types import AskResult, Hit

EVEN_ODDS = 0.5
"""The confidence that tells least where no risk was asked for: an answer as likely right as wrong."""

_THRESHOLD, _READER, _RETRIEVERS = 0.5, 0.25, 0.25
"""What being near the threshold, and each kind of disagreement, count for; together 1."""


def asked_question(result: AskResult, filters: Filters | None) -> AskedQuestion:
    """Return what is kept of a question that was answered."""
    first = result.answers[0] if result.answers else None
    parts = list(_doubts(result))
    return AskedQuestion(
        question=result.question,
        filters=dict(filters) if filters else None,
        abstained=result.abstained,
        answer=first.text if first else "",
        source=first.source if first else None,
        confidence=first.confidence if first else None,
        doubt=sum(share for share, _ in parts),
        reasons=tuple(reason for _, reason in parts),
    )


def _doubts(result: AskResult) -> Iterator[tuple[float, str]]:
    """Yield how much each sign of doubt counts for, and what it is, in words."""
    if not result.answers:
        return
    first = result.answers[0]
    if first.confidence is not None:
        threshold = EVEN_ODDS
        if result.limit is not None and result.limit.threshold is not None:
            threshold = result.limit.threshold
        nearness = 1 - abs(first.confidence - threshold) / max(threshold, 1 - threshold)
        if nearness >= 0.5:
            yield _THRESHOLD * nearness, f"a confidence of {first.confidence:.0%} says little"
    rank = next((hit.rank for hit in result.passages if hit.id == first.id), 1)
    if rank > 1:
        yield _READER * (1 - 1 / rank), f"the reader chose the passage that stands at {rank} in the search"
    words, meaning = _best(result.passages, "bm25"), _best(result.passages, "cosine")
    if words is not None and meaning is not None and words != meaning:
        yield _RETRIEVERS, "search by words and search by meaning prefer different passages"


def _best(hits: tuple[Hit, ...], score: str) -> str | None:
    scored = [hit for hit in hits if score in hit.scores]
    return max(scored, key=lambda hit: hit.scores[score]).id if scored else None
