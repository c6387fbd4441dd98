"""Blame: how much of the loss belongs to which stage, found by putting gold in the place of one stage after another.

A question's loss is 1 - F1 of its top answer. Four things are put right, one after the other, and the question is read
again after each:

1. the evidence: a gold passage is put first among those that are read, if none of them holds a gold span; the gain
   belongs to the first stage that lost it (`carrel.eval.evidence`);
2. the decision to abstain: the answer that was held back is given;
3. the company: the gold passages are read alone;
4. the reader: its answer is replaced by the gold one, which scores 1.

What each step gains is the loss of its class, so that the losses of a question telescope to 1 - F1 whatever happens in
between. A gain can be negative (a reader can do worse on the gold passage than on what was retrieved), and the share
then says so. Losses are fractions, not floats, so that nothing is lost by adding them up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

MISLABELLED = "gold not at its offsets"
SOURCE_MISSING = "source missing"
CONVERTED = "converted wrong"
SPLIT = "cut by splitting"
FILTERED = "filtered"
NOT_BY_BM25 = "not retrieved by BM25"
NOT_BY_DENSE = "not retrieved by dense"
NOT_BY_EITHER = "not retrieved by either"
FUSED = "fused away"
BELOW = "ranked below the cut"
ABSTAINED = "abstained wrongly"
DISTRACTED = "reader distracted"
READER = "reader missed"
ANSWERED = "answered wrongly"

CLASSES: Mapping[str, str] = {
    MISLABELLED: "no annotated answer stands at the offsets that the dataset gives, so nothing could be looked for",
    SOURCE_MISSING: "no source of the collection holds the annotated text, and none has its name",
    CONVERTED: "the source is there, and its text does not hold the annotated one, character by character",
    SPLIT: "the text is there, and no passage holds a whole gold span",
    FILTERED: "the question's filter leaves out every passage with a gold span",
    NOT_BY_BM25: "BM25 alone was asked, and no passage with a gold span is among its candidates",
    NOT_BY_DENSE: "the encoder alone was asked, and no passage with a gold span is among its candidates",
    NOT_BY_EITHER: "no passage with a gold span is among the candidates of BM25 or of the encoder",
    FUSED: "a retriever had a passage with a gold span high enough to be read, and fusion put it below",
    BELOW: "a passage with a gold span is among the candidates, too low to be read",
    ABSTAINED: "the passages read hold a gold span, and the answer was held back; gained by giving it",
    DISTRACTED: "gained by reading the passages with a gold span alone, without the others",
    READER: "the answer still differs from the gold one when nothing else was read",
    ANSWERED: "the question has no answer, and the system gave one",
}
"""What a share is the loss of, in the order of the pipeline. Stages that are not in the pipeline have no class."""

_GRID = 2**53
"""1 - value is a multiple of 1 / 2**53 for every float in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Substitutions:
    """F1 of one question: as it was, and after each step that was tried (None: there was nothing to put right).

    `lost_by` is the class of the first stage that lost the evidence.
    """

    as_is: float
    with_evidence: float | None = None
    lost_by: str | None = None
    unheld: float | None = None
    gold_alone: float | None = None


def blame_question(scores: Substitutions, *, answerable: bool) -> dict[str, Fraction]:
    """Return the loss of every class, summing to 1 - F1 exactly; a class without loss is left out."""
    steps: list[tuple[str, float | None]]
    if not answerable:
        steps = [(ANSWERED, 1.0)]
    elif scores.lost_by == MISLABELLED:
        steps = [(MISLABELLED, 1.0)]
    else:
        steps = [(ABSTAINED, scores.unheld), (DISTRACTED, scores.gold_alone), (READER, 1.0)]
        if scores.lost_by:
            steps.insert(0, (scores.lost_by, scores.with_evidence))
    losses, reached = {}, Fraction(scores.as_is)
    for name, gained in steps:
        if gained is not None:
            losses[name] = Fraction(gained) - reached
            reached = Fraction(gained)
    return {name: loss for name, loss in losses.items() if loss}


def blame_totals(questions: Iterable[Mapping[str, Fraction]]) -> dict[str, Fraction]:
    """Return the summed loss of every class, in the order of `CLASSES`."""
    totals = dict.fromkeys(CLASSES, Fraction(0))
    for losses in questions:
        for name, loss in losses.items():
            totals[name] += loss
    return totals


def blame_shares(questions: Sequence[Mapping[str, Fraction]], loss: float) -> dict[str, float]:
    """Return the mean loss of every class as floats whose `math.fsum` is `loss` (1 - mean F1), to the last bit.

    Rounding every mean leaves a remainder of a few times 2**-53; the largest part takes it.
    """
    totals = blame_totals(questions)
    if not questions:
        return dict.fromkeys(totals, 0.0)
    units = {name: round(total * _GRID / len(questions)) for name, total in totals.items()}
    return {name: count / _GRID for name, count in _summing_to(round(loss * _GRID), units).items()}


def first_blamed(losses: Mapping[str, Fraction]) -> str | None:
    """Return the class of the first stage that lost something of a question; None if nothing was lost."""
    return next((name for name in CLASSES if losses.get(name, 0) > 0), None)


def waterfall_points(value: float, shares: Mapping[str, float], *, decimals: int = 1) -> dict[str, float]:
    """Return every share times 100, rounded so that the parts still sum to the rounded loss, for people to add up."""
    scale = 10**decimals
    exact = {name: 100 * scale * share for name, share in shares.items()}
    whole = {name: math.floor(part) for name, part in exact.items()}
    missing = 100 * scale - round(100 * scale * value) - sum(whole.values())
    # The largest remainders are rounded up, until the sum is right.
    for name in sorted(exact, key=lambda name: whole[name] - exact[name])[: max(missing, 0)]:
        whole[name] += 1
    return {name: part / scale for name, part in whole.items()}


def _summing_to(total: int, units: dict[str, int]) -> dict[str, int]:
    """Let the largest part take what is missing; past 1 a float has no room for a unit."""
    missing = total - sum(units.values())
    roomy = [name for name, count in units.items() if abs(count + missing) <= _GRID]
    largest = max(roomy, key=lambda name: abs(units[name]))
    return {**units, largest: units[largest] + missing}
