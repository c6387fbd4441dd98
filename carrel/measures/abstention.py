"""Answering or abstaining: scores of questions that may have no answer (Rajpurkar, Jia and Liang 2018, section 5)."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
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


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What a system does that answers from `threshold` on.

    `coverage` is the share of all questions that it answers, `risk` the share of wrong answers among those.
    """

    threshold: float
    coverage: float
    risk: float


def risk_coverage(scores: Sequence[float], wrong: Sequence[bool]) -> list[OperatingPoint]:
    """Return the risk-coverage curve (El-Yaniv and Wiener 2010): one point a distinct score, strictest first."""
    questions = sorted(zip(scores, wrong, strict=True), key=lambda question: -question[0])
    points, failures = [], 0
    for answered, (score, failed) in enumerate(questions, start=1):
        failures += failed
        if answered == len(questions) or questions[answered][0] < score:
            points.append(OperatingPoint(score, answered / len(questions), failures / answered))
    return points


def area_under_risk_coverage(scores: Sequence[float], wrong: Sequence[bool]) -> float | None:
    """Return the mean risk over all coverages (Geifman, Uziel and El-Yaniv 2019); None without questions."""
    area, covered = 0.0, 0.0
    for point in risk_coverage(scores, wrong):
        area += point.risk * (point.coverage - covered)
        covered = point.coverage
    return area if covered else None


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """Return the chance that a positive question has a higher score than a negative one; ties count half.

    That is the area under the ROC curve (Hanley and McNeil 1982). None where one of the kinds is missing.
    """
    good = sorted(score for score, is_positive in zip(scores, positive, strict=True) if is_positive)
    bad = [score for score, is_positive in zip(scores, positive, strict=True) if not is_positive]
    if not good or not bad:
        return None
    below = math.fsum((2 * len(good) - bisect_left(good, score) - bisect_right(good, score)) / 2 for score in bad)
    return below / (len(good) * len(bad))
