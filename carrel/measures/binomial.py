"""Exact bounds on a share from a sample: Clopper and Pearson (1934), and Korn and Graubard's (1998) for clusters.

The binomial tail is the regularised incomplete beta function, which takes sample sizes that are not whole: that is
what a design effect makes of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), for positive `a` and `b` and `x` in [0, 1].

    By its continued fraction (Press et al. 2007, section 6.4), on the side where that converges fast.
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a
    return 1 - front * _beta_fraction(b, a, 1 - x) / b


def share_at_most(wrong: float, count: float, share: float) -> float:
    """Return P(X <= wrong) for X binomial(count, share): small values speak against a share this large.

    It is the p-value of "the true share is `share` or more"; `wrong` and `count` may be fractions.
    """
    if wrong >= count:
        return 1.0
    return incomplete_beta(count - wrong, wrong + 1, 1 - share)


def upper_bound(wrong: float, count: float, confidence: float) -> float:
    """Return the one-sided Clopper-Pearson bound: the true share is at most this, with this confidence."""
    if wrong >= count:
        return 1.0
    low, high = wrong / count, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if share_at_most(wrong, count, middle) > 1 - confidence else (low, middle)
    return high


def effective_count(
    wrong: Sequence[bool] | NDArray[np.bool_], groups: Sequence[int] | NDArray[np.int64], confidence: float
) -> float:
    """Return how many independent draws answers are worth that come in numbered groups (articles, documents).

    That is their number over the design effect (the variance of the share between groups over that of a simple sample),
    and less where few groups leave that variance uncertain, by Student's quantiles at this one-sided confidence (Korn
    and Graubard 1998, section 3). Never more than the number itself.
    """
    values = np.asarray(wrong, dtype=np.float64)
    labels = np.unique(np.asarray(groups, dtype=np.int64), return_inverse=True)[1]
    count, share = len(values), float(values.mean()) if len(values) else 0.0
    number = int(labels.max()) + 1 if count else 0
    if number < 2 or number == count:
        return float(count)
    few = (student_quantile(confidence, count - 1) / student_quantile(confidence, number - 1)) ** 2
    if not 0 < share < 1:
        return count * few
    totals = np.bincount(labels, weights=values - share)
    clustered = number / (number - 1) * float(totals @ totals) / count**2
    simple = share * (1 - share) / count
    return few * count / max(1.0, clustered / simple)


@lru_cache(maxsize=4096)
def student_quantile(probability: float, freedom: float) -> float:
    """Return the value that Student's t with these degrees of freedom exceeds with 1 - `probability` (from .5 on)."""
    low, high = 0.0, 1e4
    for _ in range(50):
        middle = (low + high) / 2
        below = 1 - incomplete_beta(freedom / 2, 0.5, freedom / (freedom + middle**2)) / 2
        low, high = (middle, high) if below < probability else (low, middle)
    return high


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Lentz's method; the fraction's terms come in pairs."""
    tiny = 1e-300
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1), tiny)
    result = d
    for m in range(1, 10_000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _not_zero(1 + term * d, tiny)
            c = _not_zero(1 + term / c, tiny)
            step = c * d
            result *= step
        if abs(step - 1) < 1e-14:
            break
    return result


def _not_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
