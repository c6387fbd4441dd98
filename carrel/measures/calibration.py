"""How far stated probabilities can be believed: calibration error, Brier score, and the diagram behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = Sequence[float] | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The answers whose stated probability lies in [low, high): their number, mean probability and accuracy."""

    low: float
    high: float
    count: int
    stated: float
    accuracy: float


def reliability(shares: Numbers, right: Numbers, bins: int = 10) -> list[ReliabilityBin]:
    """Return the bins of equal width that hold an answer, lowest first; a probability of 1 belongs to the last.

    `right` holds 1 for a right answer and 0 for a wrong one.

    Raises:
        ValueError: the sequences differ in length, or a probability is outside [0, 1].
    """
    stated, hits = np.asarray(shares, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if stated.shape != hits.shape or not ((stated >= 0) & (stated <= 1)).all():
        raise ValueError("Calibration needs one probability in [0, 1] and one outcome for every answer")
    places = np.minimum((stated * bins).astype(np.intp), bins - 1)
    found = []
    for place in np.unique(places):
        inside = places == place
        found.append(
            ReliabilityBin(
                float(place) / bins,
                (float(place) + 1) / bins,
                int(inside.sum()),
                float(stated[inside].mean()),
                float(hits[inside].mean()),
            )
        )
    return found


def expected_calibration_error(shares: Numbers, right: Numbers, bins: int = 10) -> float | None:
    """Return the mean gap between probability and accuracy over the bins, weighted by their answers; None without any.

    Guo et al. 2017, section 2. It depends on the number of bins, and is never 0 on a finite sample of a calibrated
    system: compare it between systems on the same questions.
    """
    diagram = reliability(shares, right, bins)
    total = sum(part.count for part in diagram)
    return sum(part.count * abs(part.stated - part.accuracy) for part in diagram) / total if total else None


def brier_score(shares: Numbers, right: Numbers) -> float | None:
    """Return the mean squared difference between probability and outcome (Brier 1950); None without answers."""
    stated, hits = np.asarray(shares, dtype=np.float64), np.asarray(right, dtype=np.float64)
    return float(np.mean((stated - hits) ** 2)) if len(stated) else None
