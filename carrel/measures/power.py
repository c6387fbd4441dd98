"""What a number of questions can show: the smallest difference that a paired test finds in most cases.

By the normal approximation (Cohen 1988, chapter 2; for language processing, Card et al. 2020). It comes from how far
the differences of these two systems scatter, not from the difference that was found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, stdev

from carrel.measures.measured import Measured, Measurement, NotMeasured

POWER = 0.8


def smallest_difference(differences: Sequence[float], *, alpha: float = 0.05, power: float = POWER) -> Measurement:
    """Return the true difference that a two-sided test at `alpha` on so many questions finds with this power."""
    if len(differences) < 2:
        return NotMeasured("fewer than two questions were measured for both systems")
    spread = stdev(differences)
    if spread < 1e-12:
        return NotMeasured("every question has the same difference, so that nothing tells how they scatter")
    return Measured(_quantiles(alpha, power) * spread / math.sqrt(len(differences)))


def questions_needed(
    differences: Sequence[float], difference: float, *, alpha: float = 0.05, power: float = POWER
) -> Measurement:
    """Return how many questions like these it takes to find a true difference of this size with this power.

    Raises:
        ValueError: the difference is 0, which no number of questions finds.
    """
    if difference == 0:
        raise ValueError("No number of questions finds a difference of 0")
    one = smallest_difference(differences, alpha=alpha, power=power)
    if isinstance(one, NotMeasured):
        return one
    return Measured(float(math.ceil(len(differences) * (one.value / difference) ** 2)))


def _quantiles(alpha: float, power: float) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)
