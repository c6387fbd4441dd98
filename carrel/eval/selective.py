"""What a reader's scores are worth for deciding whether to answer: calibration, risk and coverage, answerability."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from carrel.eval.result import QueryResult
from carrel.measures import (
    area_under_risk_coverage,
    auroc,
    brier_score,
    expected_calibration_error,
    risk_coverage,
)

RIGHT = 0.5
"""Token F1 from which an answer counts as right."""

_POINTS = 20


def selective_report(results: Sequence[QueryResult]) -> dict[str, Any]:
    """Return `ECE` and `Brier` of the confidences, `AURC` and points of the risk-coverage curve, `AUROC`.

    An answer counts as right from token F1 .5 on; to a question without an answer every answer is wrong. The curve goes
    by confidence, where there is a calibration, or by the reader's score. `AUROC` is the chance that a question with an
    answer scores higher than one without. What cannot be measured is None.
    """
    given = [result.details for result in results if _scored(result)]
    right = [bool(details["golds"]) and details["if_answered"] >= RIGHT for details in given]
    stated = [details["confidence"] for details in given]
    calibrated = bool(stated) and None not in stated
    scores = stated if calibrated else [details["score"] for details in given]
    wrong = [not one for one in right]
    return {
        "ECE": expected_calibration_error(stated, right) if calibrated else None,
        "Brier": brier_score(stated, right) if calibrated else None,
        "AURC": area_under_risk_coverage(scores, wrong),
        "AUROC": auroc(
            [result.details["score"] if _scored(result) else -math.inf for result in results],
            [bool(result.details["golds"]) for result in results],
        ),
        "risk_coverage": _curve(scores, wrong),
    }


def _scored(result: QueryResult) -> bool:
    """Tell whether the reader found any answer."""
    score = result.details["score"]
    return score is not None and math.isfinite(score)


def _curve(scores: Sequence[float], wrong: Sequence[bool]) -> list[dict[str, float]]:
    """Return the points nearest above every twentieth of coverage."""
    points = risk_coverage(scores, wrong)
    chosen = (next(p for p in points if p.coverage >= step / _POINTS - 1e-9) for step in range(1, _POINTS + 1))
    unique = {point.coverage: point for point in chosen} if points else {}
    return [{"coverage": p.coverage, "risk": p.risk, "threshold": p.threshold} for p in unique.values()]
