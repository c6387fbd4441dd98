"""Answering or abstaining: scores of questions that may have no answer (Rajpurkar, Jia and Liang 2018, section 5)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Threshold:
    """A score below which a system abstains, and the mean measure that this gives on the data it was chosen on."""

    value: float
    mean: float


def best_threshold(scores: Sequence[float], if_answered: Sequence[float], if_abstained: Sequence[float]) -> Threshold:
    """Choose the threshold with the best mean measure, on development data.

    `scores` holds a system's score of each answer; `if_answered` and `if_abstained` what the question earns either
    way. A question is answered when its score is not below the threshold. Of equally good thresholds the lowest is
    taken, so that the system abstains only where that earns something.

    Raises:
        ValueError: there is no question, or the sequences differ in length.
    """
    if not scores:
        raise ValueError("A threshold cannot be chosen without questions")
    questions = sorted(zip(scores, if_answered, if_abstained, strict=True))
    earned = math.fsum(if_answered)
    best, threshold = earned, -math.inf
    for index, (score, answered, abstained) in enumerate(questions):
        earned += abstained - answered
        following = questions[index + 1][0] if index + 1 < len(questions) else math.inf
        if following > score and earned > best + 1e-12:
            # Half way to the next score: a threshold equal to one would depend on its rounding.
            best, threshold = earned, (score + following) / 2
    return Threshold(threshold, best / len(questions))
