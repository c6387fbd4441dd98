"""Answering at a risk that the user sets: from which confidence on at most so many answers are wrong.

The threshold is the most permissive one for which "more than `risk` of the answers are wrong" can be refuted on
questions whose outcome is known: Learn then Test, with fixed-sequence testing (Angelopoulos et al. 2021, section 4.2).
Thresholds are tested from a strict one on, by the exact binomial tail, until one cannot be refuted, so that no
correction for testing many is needed. The sequence depends on the confidences alone, never on what was right. Questions
about one document succeed and fail together, which an effective number of them accounts for
(`carrel.measures.binomial`). It holds for questions like those of the calibration, with a share of unanswerable ones
like there.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from carrel.errors import ModelError, UserError
from carrel.measures.binomial import effective_count, share_at_most, upper_bound
from carrel.readers.confidence import Confidence
from carrel.types import RiskLimit

RISK = "risk.json"
CERTAINTY = 0.9

_STEPS = 100
"""Thresholds that are tested at most."""

_FIRST_OF_FEWEST, _FIRST_OF_ALL = 2.0, 0.1
"""Where the sequence starts: twice the fewest answers that could prove the risk if none were wrong, and no fewer than a
tenth of all. With less, one unlucky answer would end it at once."""

Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The `answered` most confident answers: how many independent ones they are worth, and how many of those fail."""

    answered: int
    count: float
    wrong: float


class RiskCalibration(BaseModel):
    """First answers whose outcome is known, one entry each: confidence, whether wrong, which document it is about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    confidence: str = Field(min_length=1, description="Digest of the calibration that the confidences come from.")
    basis: str = Field(min_length=1, description="The questions, for people.")
    shares: tuple[Share, ...] = Field(min_length=1)
    wrong: tuple[bool, ...]
    groups: tuple[int, ...]

    @model_validator(mode="after")
    def _lengths_agree(self) -> RiskCalibration:
        if not len(self.shares) == len(self.wrong) == len(self.groups):
            raise ValueError("shares, wrong and groups differ in length")
        return self

    def limit(self, risk: float, certainty: float = CERTAINTY) -> RiskLimit:
        """Return the lowest confidence to answer from, so that with this certainty at most `risk` of answers are wrong.

        Raises:
            UserError: the risk or the certainty is not between 0 and 1.
        """
        for name, value in (("risk", risk), ("certainty", certainty)):
            if not 0 < value < 1:
                raise UserError(f"The {name} must be between 0 and 1, not {value:g}")
        error = 1 - certainty
        order = np.argsort(-np.asarray(self.shares), kind="stable")
        first = max(_FIRST_OF_FEWEST * math.log(error) / math.log1p(-risk), _FIRST_OF_ALL * len(order))
        sequence = [one for one in self._evidence(order, certainty) if one.answered >= first]
        best = _last_proven(sequence, risk, error)
        if best is None:
            return RiskLimit(risk, certainty, self.basis)
        return RiskLimit(
            risk,
            certainty,
            self.basis,
            threshold=self.shares[int(order[best.answered - 1])],
            coverage=best.answered / len(self.shares),
            bound=upper_bound(best.wrong, best.count, certainty),
        )

    def _evidence(self, order: NDArray[np.intp], confidence: float) -> list[_Evidence]:
        """Return what is seen at each threshold, strictest first; one answers all questions of equal confidence."""
        shares = -np.asarray(self.shares)[order]
        wrong, groups = np.asarray(self.wrong)[order], np.asarray(self.groups)[order]
        steps = np.linspace(0, len(order), _STEPS + 1).round().astype(int)[1:]
        seen = sorted({int(np.searchsorted(shares, shares[step - 1], side="right")) for step in steps if step})
        counts = [effective_count(wrong[:answered], groups[:answered], confidence) for answered in seen]
        return [
            _Evidence(answered, count, count * float(wrong[:answered].mean()))
            for answered, count in zip(seen, counts, strict=True)
        ]

    def save(self, path: Path) -> None:
        """Write it as JSON, aside first and then renamed."""
        aside = path.with_suffix(".tmp")
        aside.write_text(self.model_dump_json() + "\n", encoding="utf-8")
        aside.replace(path)


def _last_proven(sequence: Sequence[_Evidence], risk: float, error: float) -> _Evidence | None:
    """Return the last threshold before the first at which the risk is not proven."""
    last = None
    for one in sequence:
        if share_at_most(one.wrong, one.count, risk) > error:
            break
        last = one
    return last


def calibrate_risk(confidence: Confidence, outcomes: list[tuple[float, bool, str]], *, basis: str) -> RiskCalibration:
    """Keep outcomes (confidence of the first answer, whether wrong, document), none that it was fitted on."""
    numbers = {name: number for number, name in enumerate(sorted({group for _, _, group in outcomes}))}
    return RiskCalibration(
        confidence=digest(confidence),
        basis=basis,
        shares=tuple(round(share, 5) for share, _, _ in outcomes),
        wrong=tuple(wrong for _, wrong, _ in outcomes),
        groups=tuple(numbers[group] for _, _, group in outcomes),
    )


def digest(confidence: Confidence) -> str:
    """Return what a confidence is recognised by."""
    return hashlib.sha256(confidence.model_dump_json().encode()).hexdigest()[:16]


def load_risk(path: Path, confidence: Confidence) -> RiskCalibration:
    """Read the calibration of the risk that belongs to this confidence.

    Raises:
        ModelError: the file is missing, malformed, or belongs to another confidence.
    """
    try:
        risk = RiskCalibration.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelError(
            f"A risk needs a calibration, and {path} cannot be read: {error}; make one with 'carrel adapt confidence'"
        ) from error
    except ValidationError as error:
        raise ModelError(f"The calibration {path} is malformed: {error.errors()[0]['msg']}; make it again") from error
    if risk.confidence != digest(confidence):
        raise ModelError(
            f"The calibration {path} belongs to another confidence than the one beside it; "
            "make both with 'carrel adapt confidence'"
        )
    return risk
