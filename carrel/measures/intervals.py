"""Means over queries with bootstrap intervals (Efron and Tibshirani 1993, chapter 13: the percentile interval)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
CONFIDENCE = 0.95

_DRAWS_AT_ONCE = 4_000_000  # 32 MB of indices


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
    """Return the mean of the values that were measured, with its percentile interval over queries.

    None marks a query that could not be measured; it is left out. `unmeasured` is the reason when none is left. From
    one query no spread can be seen, so that an interval needs two.
    """
    measured = [value for value in values if value is not None]
    if not measured:
        return Estimate(None, reason=unmeasured)
    mean = math.fsum(measured) / len(measured)
    if len(measured) == 1:
        return Estimate(mean, count=1, reason="an interval needs two queries or more")
    if min(measured) == max(measured):
        return Estimate(mean, mean, mean, len(measured))
    means = resampled_means(measured, resamples, seed)
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Estimate(mean, float(low), float(high), len(measured))


def resampled_means(values: Sequence[float], resamples: int, seed: int) -> NDArray[np.float64]:
    """Return the means of `resamples` draws of len(values) with replacement, shape (resamples,)."""
    data = np.asarray(values, dtype=np.float64)
    random = np.random.default_rng(seed)
    rows = max(1, _DRAWS_AT_ONCE // len(data))
    sizes = [min(rows, resamples - start) for start in range(0, resamples, rows)]
    return np.concatenate([data[random.integers(0, len(data), (size, len(data)))].mean(axis=1) for size in sizes])


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value that `share` of the values do not exceed, interpolated; None without values."""
    return float(np.quantile(values, share)) if len(values) else None
