"""Blame: which part of the pipeline a question's loss belongs to, found by putting gold in the place of one part.

A question's loss is 1 - F1 of its top answer. Two things are replaced, one after the other: the decision to abstain
(by the answer that was held back), then the retrieved passages (by the gold contexts, if no retrieved passage holds a
gold span). What each replacement gains is the loss of that part; what is left when nothing but the reader can be wrong
is the reader's. The gains and the rest add up to the loss by construction. A gain can be negative: a reader can do
worse on the gold context than on what was retrieved, and the share then says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

ABSTAINED = "abstained wrongly"
NOT_RETRIEVED = "not retrieved"
READER = "reader missed"
ANSWERED = "answered wrongly"

CLASSES: Mapping[str, str] = {
    NOT_RETRIEVED: "no passage given to the reader holds a gold span; gained by giving it the gold contexts",
    READER: "the reader had a gold span before it, and its answer still differs from it",
    ABSTAINED: "the system held back an answer; gained by giving it",
    ANSWERED: "the question has no answer, and the system gave one",
}


@dataclass(frozen=True, slots=True)
class Substitutions:
    """F1 of one question as it was, with the held-back answer given, and with gold contexts (None: not tried)."""

    as_is: float
    unheld: float | None = None
    with_gold: float | None = None


def blame_question(scores: Substitutions, *, answerable: bool) -> dict[str, float]:
    """Return the loss of every class, summing to 1 - F1; a class without loss is left out."""
    if not answerable:
        return {ANSWERED: 1.0 - scores.as_is} if scores.as_is < 1 else {}
    losses = {}
    reached = scores.as_is
    for name, gained in ((ABSTAINED, scores.unheld), (NOT_RETRIEVED, scores.with_gold)):
        if gained is not None:
            losses[name] = gained - reached
            reached = gained
    losses[READER] = 1.0 - reached
    return {name: loss for name, loss in losses.items() if loss != 0}


def blame_shares(questions: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean loss of every class over all questions; together they are 1 - mean F1."""
    return {name: _mean((losses.get(name, 0.0) for losses in questions), len(questions)) for name in CLASSES}


def _mean(values: Iterable[float], count: int) -> float:
    return math.fsum(values) / count if count else 0.0
