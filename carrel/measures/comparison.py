"""Comparing systems on the same questions: a paired randomisation test, Holm's correction, and a verdict.

The test asks how often chance alone would do this: were the two systems alike, each question's difference could as
well have had the other sign (Fisher 1935, section 21; Smucker, Allan and Carterette 2007).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from carrel.measures.intervals import Estimate, bootstrap_difference
from carrel.measures.measured import Measurement
from carrel.measures.power import smallest_difference
from carrel.measures.resampling import randomly_signed_sums

FLIPS = 10_000
ALPHA = 0.05


class Verdict(StrEnum):
    """What a comparison shows, after correction for the number of systems."""

    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "no difference shown"
    UNMEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A system beside the baseline: `difference` is the system's mean minus the baseline's, over common questions.

    `p` is the test's two-sided p-value, `adjusted_p` Holm's; `smallest` the least difference that so many questions
    would show in four of five cases.
    """

    difference: Estimate
    p: float | None
    adjusted_p: float | None
    smallest: Measurement
    verdict: Verdict

    def to_json(self) -> dict[str, object]:
        return {
            "difference": self.difference.to_json(),
            "p": self.p,
            "adjusted_p": self.adjusted_p,
            "smallest_difference": self.smallest.to_json(),
            "verdict": self.verdict,
        }


def randomization_test(differences: Sequence[float], *, flips: int = FLIPS, seed: int = 0) -> float:
    """Return the two-sided p-value of "both systems are alike", from random signs.

    Draws that come out exactly as the data count half (mid-p; Lancaster 1961): on 0/1 values with few disagreements
    the plain test would raise far fewer false alarms than it says. 1 where nothing differs.
    """
    data = np.asarray(differences, dtype=np.float64)
    data = data[data != 0]
    if not len(data):
        return 1.0
    observed = abs(float(data.sum()))
    near = 1e-9 * max(observed, float(np.abs(data).max()))
    drawn = np.abs(randomly_signed_sums(np.abs(data), flips, seed))
    beyond = float((drawn > observed + near).sum()) + 0.5 * float((np.abs(drawn - observed) <= near).sum())
    return (beyond + 1) / (flips + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for their number (Holm 1979), in the order given."""
    adjusted = [0.0] * len(p_values)
    reached = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        reached = max(reached, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = reached
    return adjusted


def compare_with_baseline(
    differences: Mapping[str, Sequence[float]], *, alpha: float = ALPHA, smaller_is_better: bool = False, seed: int = 0
) -> dict[str, Comparison]:
    """Compare several systems with one baseline; `differences` holds each one's (system - baseline), by question.

    Holm's correction counts the systems that could be compared. `smallest` is for the strictest of their tests.
    """
    tested = {name: randomization_test(values, seed=seed) for name, values in differences.items() if len(values) > 1}
    adjusted = dict(zip(tested, holm(list(tested.values())), strict=True))
    compared = {}
    for name, values in differences.items():
        difference = bootstrap_difference(values, confidence=1 - alpha, seed=seed)
        compared[name] = Comparison(
            difference=difference,
            p=tested.get(name),
            adjusted_p=adjusted.get(name),
            smallest=smallest_difference(values, alpha=alpha / max(1, len(tested))),
            verdict=_verdict(difference, adjusted.get(name), alpha, smaller_is_better=smaller_is_better),
        )
    return compared


def _verdict(difference: Estimate, adjusted: float | None, alpha: float, *, smaller_is_better: bool) -> Verdict:
    if adjusted is None or difference.value is None:
        return Verdict.UNMEASURED
    if adjusted > alpha or difference.value == 0:
        return Verdict.UNDECIDED
    return Verdict.BETTER if (difference.value > 0) != smaller_is_better else Verdict.WORSE
