"""Drawing again from a sample, many times at once: with replacement, or with random signs.

A sample with few distinct values (EM, F1) is drawn as counts of each value, which is the same distribution and costs
so many draws less.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_NUMBERS_AT_ONCE = 2_000_000
"""How many draws are held in memory at once: some 40 MB."""

_SIGNS_OF_EIGHT = 256


def resampled_moments(values: Array, resamples: int, seed: int) -> tuple[Array, Array]:
    """Return the mean and the standard deviation of every resample, each of shape (resamples,)."""
    random = np.random.default_rng(seed)
    center = values.mean()
    distinct, counts = np.unique(values - center, return_counts=True)
    as_counts = len(distinct) <= len(values) / 4
    parts = [
        _by_counts(distinct, counts, rows, random) if as_counts else _by_draws(values - center, rows, random)
        for rows in _blocks(resamples, len(values))
    ]
    means, squares = (np.concatenate(column) for column in zip(*parts, strict=True))
    spreads = np.sqrt(np.maximum(squares - means**2, 0.0))
    # What differs by less than rounding does not differ.
    spreads[spreads < 1e-9 * max(1.0, float(np.abs(values).max()))] = 0.0
    return means + center, spreads


def randomly_signed_sums(sizes: Array, draws: int, seed: int) -> Array:
    """Return so many sums of positive numbers, each number with a random sign, shape (draws,)."""
    random = np.random.default_rng(seed)
    distinct, counts = np.unique(sizes, return_counts=True)
    if len(distinct) <= len(sizes) / 4:
        parts = [
            (2.0 * random.binomial(counts, 0.5, size=(rows, len(distinct))) - counts) @ distinct
            for rows in _blocks(draws, len(distinct))
        ]
        return np.concatenate(parts)
    table = _sums_of_eight(sizes)
    first = np.arange(len(table), dtype=np.int64) * _SIGNS_OF_EIGHT
    parts = [
        table.take(random.integers(0, _SIGNS_OF_EIGHT, (rows, len(table)), dtype=np.uint8) + first).sum(axis=1)
        for rows in _blocks(draws, len(table))
    ]
    return np.concatenate(parts)


def _sums_of_eight(sizes: Array) -> Array:
    """Return the sum of every eight numbers under each of the 256 ways to sign them, shape (groups, 256)."""
    groups = np.pad(sizes, (0, -len(sizes) % 8)).reshape(-1, 8)
    signs = np.unpackbits(np.arange(_SIGNS_OF_EIGHT, dtype=np.uint8)[:, None], axis=1) * 2.0 - 1.0
    sums: Array = groups @ signs.T
    return sums


def _blocks(rows: int, width: int) -> Iterator[int]:
    most = max(1, _NUMBERS_AT_ONCE // width)
    for start in range(0, rows, most):
        yield min(most, rows - start)


def _by_counts(
    distinct: Array, counts: NDArray[np.intp], rows: int, random: np.random.Generator
) -> tuple[Array, Array]:
    total = int(counts.sum())
    drawn = random.multinomial(total, counts / total, size=rows)
    return drawn @ distinct / total, drawn @ distinct**2 / total


def _by_draws(values: Array, rows: int, random: np.random.Generator) -> tuple[Array, Array]:
    drawn = values[random.integers(0, len(values), (rows, len(values)), dtype=np.int32)]
    return drawn.mean(axis=1), np.einsum("ij,ij->i", drawn, drawn) / len(values)
