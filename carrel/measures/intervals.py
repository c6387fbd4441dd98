"""Means over queries with 95 % intervals, chosen by simulation: `docs/statistics.md` has the table.

The interval of a mean is the studentized bootstrap's (Efron and Tibshirani 1993, chapter 12), but never wider than the
closed form that holds for any values in the measure's range: where few values differ from the rest, a bootstrap sees
too little of them. For values that are all 0 or 1 the closed form (Wilson 1927) is the interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from carrel.measures.resampling import Array, resampled_moments

RESAMPLES = 2000
CONFIDENCE = 0.95

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over `count` queries and its interval; what could not be measured is None, and `reason` says why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    count: int = 0
    reason: str | None = None

    def to_json(self) -> dict[str, float | int | str | None]:
        """Return `value`, `low`, `high` and `queries`, and the `reason` where there is one."""
        shape: dict[str, float | int | str | None]
        shape = {"value": self.value, "low": self.low, "high": self.high, "queries": self.count}
        return {**shape, "reason": self.reason} if self.reason else shape


def bootstrap_mean(
    values: Iterable[float | None],
    *,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
    unmeasured: str = "no query could be measured",
) -> Estimate:
    """Return the mean of the values that were measured, with its interval over queries.

    None marks a query that could not be measured; it is left out. `unmeasured` is the reason when none is left. From
    one query no spread can be seen, so that an interval needs two. Values outside [0, 1] (seconds) have no closed form
    to fall back on: where too few of them differ, there is no interval.

    Differences of two systems belong to `bootstrap_difference`.
    """

    def interval(data: Array) -> Interval | None:
        in_range = data.min() >= 0 and data.max() <= 1
        bound = wilson(float(data.mean()), len(data), confidence) if in_range else None
        if bound is not None and np.isin(data, (0.0, 1.0)).all():
            return bound
        return _within(bound, _studentized(data, resamples, confidence, seed))

    return _estimate(values, unmeasured, interval)


def bootstrap_difference(
    differences: Iterable[float | None],
    *,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
    unmeasured: str = "no query was measured for both systems",
) -> Estimate:
    """Return the mean of paired differences of two systems, with its interval over queries.

    As `bootstrap_mean`, by the symmetric studentized bootstrap (Hall 1988): most differences are 0, and the few others
    lie on either side.
    """

    def interval(data: Array) -> Interval | None:
        bound = _padded(data, confidence) if np.abs(data).max() <= 1 else None
        return _within(bound, _studentized(data, resamples, confidence, seed, symmetric=True))

    return _estimate(differences, unmeasured, interval)


def bootstrap_statistic(
    statistic: Callable[[NDArray[np.intp]], float | None],
    count: int,
    *,
    resamples: int = 1000,
    confidence: float = CONFIDENCE,
    seed: int = 0,
    unmeasured: str = "no query could be measured",
) -> Estimate:
    """Return a measure of a whole set (AUROC, ECE, macro F1, BLEU), with its percentile interval.

    `statistic` is called with the numbers of the `count` items to measure, with repetition; None means that it cannot
    be measured on those, and such resamples are left out.
    """
    value = statistic(np.arange(count)) if count else None
    if value is None:
        return Estimate(None, count=count, reason=unmeasured)
    random = np.random.default_rng(seed)
    drawn = (statistic(random.integers(0, count, count)) for _ in range(resamples))
    again = [other for other in drawn if other is not None]
    if count == 1 or len(again) < resamples / 2:
        return Estimate(value, count=count, reason="an interval needs more queries")
    tail = (1 - confidence) / 2
    low, high = np.quantile(again, [tail, 1 - tail])
    return Estimate(value, float(low), float(high), count)


def wilson(mean: float, count: int, confidence: float = CONFIDENCE) -> Interval:
    """Return Wilson's score interval of a share (Wilson 1927); for other values in [0, 1] it is too wide, never short.

    Values in [0, 1] with this mean vary most where they are all 0 or 1.
    """
    z = _z(confidence)
    scale = 1 + z * z / count
    middle = (mean + z * z / (2 * count)) / scale
    half = z * math.sqrt(max(mean * (1 - mean), 0.0) / count + z * z / (4 * count * count)) / scale
    return max(0.0, middle - half), min(1.0, middle + half)


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value that `share` of the values do not exceed, interpolated; None without values."""
    return float(np.quantile(values, share)) if len(values) else None


def _estimate(
    values: Iterable[float | None], unmeasured: str, interval: Callable[[Array], Interval | None]
) -> Estimate:
    measured = [value for value in values if value is not None]
    if not measured:
        return Estimate(None, reason=unmeasured)
    mean = math.fsum(measured) / len(measured)
    if len(measured) == 1:
        return Estimate(mean, count=1, reason="an interval needs two queries or more")
    found = interval(np.asarray(measured, dtype=np.float64))
    if found is None:
        return Estimate(mean, count=len(measured), reason="too few values differ for an interval")
    return Estimate(mean, min(mean, found[0]), max(mean, found[1]), len(measured))


def _studentized(
    data: Array, resamples: int, confidence: float, seed: int, *, symmetric: bool = False
) -> Interval | None:
    """Return the interval from the quantiles of (resampled mean - mean) / resampled spread; None if unbounded."""
    mean, spread = float(data.mean()), float(data.std())
    means, spreads = resampled_moments(data, resamples, seed)
    if spread < 1e-12:
        return None
    away = means - mean
    away[np.abs(away) < 1e-12] = 0.0
    # A resample without spread that is not at the mean lies infinitely many spreads away.
    with np.errstate(divide="ignore", invalid="ignore"):
        pivots = np.where(away == 0, 0.0, away / spreads)
    tail = (1 - confidence) / 2
    if symmetric:
        high = np.quantile(np.abs(pivots), confidence, method="higher")
        low = -high
    else:
        low, high = np.quantile(pivots, tail, method="lower"), np.quantile(pivots, 1 - tail, method="higher")
    interval = mean - float(high) * spread, mean - float(low) * spread
    return interval if all(map(math.isfinite, interval)) else None


def _padded(differences: Array, confidence: float) -> Interval:
    """Return the normal interval with one difference of 1 and one of -1 added (after Agresti and Min 2005)."""
    count = len(differences) + 2
    mean = float(differences.sum()) / count
    variance = (float(differences @ differences) + 2) / count - mean * mean
    half = _z(confidence) * math.sqrt(variance / count)
    return max(-1.0, mean - half), min(1.0, mean + half)


def _within(bound: Interval | None, found: Interval | None) -> Interval | None:
    if bound is None or found is None:
        return found or bound
    return max(bound[0], found[0]), min(bound[1], found[1])


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)
