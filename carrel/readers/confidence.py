"""Confidence: the probability that an answer is right, by logistic regression on what the reader saw.

Platt scaling (Platt 1999) on several features instead of one score. It holds for questions and passages like those it
was fitted on, which is why a confidence always travels with the name of that set.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from carrel.errors import ModelError, UserError
from carrel.measures.calibration import brier_score, expected_calibration_error
from carrel.readers.ranking import Candidate

CONFIDENCE = "confidence.json"
FEATURES = ("reader", "margin", "probability", "support", "rank", "passages")

Features = Mapping[str, float]
Floats = NDArray[np.float64]
Finite = Annotated[float, Field(allow_inf_nan=False)]


def answer_features(ranked: Sequence[Candidate], index: int, passages: int) -> dict[str, float]:
    """Return the features of the answer at `index` of the ranked candidates, read in this many passages.

    `reader` is its log-odds against "no answer"; `margin` its lead over the best other answer or, if smaller, over "no
    answer"; `probability` the reader's own; `support` and `passages` logarithms of counts, `rank` that of the place of
    its passage in the retriever's order.
    """
    answer = ranked[index]
    others = [other.score for place, other in enumerate(ranked[: index + 2]) if place != index]
    return {
        "reader": answer.reader,
        "margin": min([answer.reader, *(answer.score - other for other in others)]),
        "probability": answer.probability,
        "support": math.log(answer.support),
        "rank": math.log1p(answer.passage.rank),
        "passages": math.log(passages),
    }


class Confidence(BaseModel):
    """A fitted calibration; every list has one entry for each of `features`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reader: str = Field(min_length=1, description="Fingerprint of the reader that it was fitted for.")
    basis: str = Field(min_length=1, description="The set it was fitted on, for people.")
    features: tuple[str, ...] = Field(min_length=1)
    means: tuple[Finite, ...]
    scales: tuple[Finite, ...]
    coefficients: tuple[Finite, ...]
    intercept: Finite
    pairs: int = Field(ge=1, description="Answers that it was fitted on.")
    accuracy: float = Field(ge=0, le=1, description="Share of them that is right.")
    ece: float = Field(ge=0, le=1, description="Expected calibration error, ten equal bins, cross-validated.")
    brier: float = Field(ge=0, le=1, description="Brier score, cross-validated.")

    @model_validator(mode="after")
    def _lengths_agree(self) -> Confidence:
        if not len(self.features) == len(self.means) == len(self.scales) == len(self.coefficients):
            raise ValueError("features, means, scales and coefficients differ in length")
        return self

    def probability(self, features: Features) -> float:
        """Return the probability that an answer with these features is right.

        A feature that is missing counts as its mean; features of other names are ignored.
        """
        total = self.intercept
        for name, mean, scale, weight in zip(self.features, self.means, self.scales, self.coefficients, strict=True):
            total += weight * (features.get(name, mean) - mean) / scale
        return _logistic(total)

    def save(self, path: Path) -> None:
        """Write it as JSON, aside first and then renamed."""
        aside = path.with_suffix(".tmp")
        aside.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
        aside.replace(path)


def load_confidence(path: Path, *, reader: str) -> Confidence:
    """Read a calibration that was fitted for the reader with this fingerprint.

    Raises:
        ModelError: the file is missing, malformed, or belongs to another reader.
    """
    try:
        confidence = Confidence.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelError(f"The calibration {path} cannot be read: {error}") from error
    except ValidationError as error:
        raise ModelError(f"The calibration {path} is malformed: {error.errors()[0]['msg']}; fit it again") from error
    if confidence.reader != reader:
        raise ModelError(f"The calibration {path} was fitted for {confidence.reader}, not for {reader}; fit it again")
    return confidence


def fit_confidence(
    pairs: Sequence[tuple[Features, bool]],
    *,
    reader: str,
    basis: str,
    features: Sequence[str] = FEATURES,
    ridge: float = 1.0,
    folds: int = 5,
) -> Confidence:
    """Fit the calibration on answers whose correctness is known.

    `ece` and `brier` are measured on folds that were left out; a fold is a stretch of `pairs`, so that pairs of one
    article, given one after another, fall into one fold.

    Raises:
        UserError: there are fewer pairs than folds, none is right or none wrong, or one lacks a feature.
    """
    right = np.array([correct for _, correct in pairs], dtype=np.float64)
    if len(pairs) < folds or not 0 < right.sum() < len(right):
        raise UserError(
            f"A calibration needs right and wrong answers; there are {int(right.sum())} right of {len(pairs)}"
        )
    missing = sorted({name for row, _ in pairs for name in features if name not in row})
    if missing:
        raise UserError(
            f"A calibration on {', '.join(features)} needs every one of them; some pairs lack {', '.join(missing)}"
        )
    table = np.array([[row[name] for name in features] for row, _ in pairs], dtype=np.float64)
    means, scales = table.mean(axis=0), table.std(axis=0)
    # A feature that never varied says nothing; rounding leaves it a deviation that is not quite 0.
    scales[scales < 1e-9 * (1 + np.abs(means))] = 1.0
    table = (table - means) / scales
    weights = _fit_logistic(table, right, ridge)
    held_out = _cross_validated(table, right, ridge, folds)
    return Confidence(
        reader=reader,
        basis=basis,
        features=tuple(features),
        means=tuple(means.tolist()),
        scales=tuple(scales.tolist()),
        coefficients=tuple(weights[1:].tolist()),
        intercept=float(weights[0]),
        pairs=len(pairs),
        accuracy=float(right.mean()),
        ece=expected_calibration_error(held_out, right) or 0.0,
        brier=brier_score(held_out, right) or 0.0,
    )


def _fit_logistic(table: Floats, right: Floats, ridge: float) -> Floats:
    """Return intercept and weights, by Newton's method on the log-likelihood; the ridge spares the intercept."""
    design = np.hstack([np.ones((len(table), 1)), table])
    penalty = np.diag([0.0, *[ridge] * table.shape[1]])
    weights = np.zeros(design.shape[1])
    for _ in range(100):
        odds = np.clip(design @ weights, -30, 30)
        shares = 1 / (1 + np.exp(-odds))
        gradient = design.T @ (shares - right) + penalty @ weights
        curvature = (design * (shares * (1 - shares))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(weights)), gradient)
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def _cross_validated(table: Floats, right: Floats, ridge: float, folds: int) -> Floats:
    shares = np.empty(len(right))
    for part in np.array_split(np.arange(len(right)), folds):
        others = np.setdiff1d(np.arange(len(right)), part)
        weights = _fit_logistic(table[others], right[others], ridge)
        shares[part] = [_logistic(total) for total in weights[0] + table[part] @ weights[1:]]
    return shares


def _logistic(total: float) -> float:
    if total >= 0:
        return 1 / (1 + math.exp(-total))
    return math.exp(total) / (1 + math.exp(total))
