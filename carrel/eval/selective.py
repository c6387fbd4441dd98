"""What a reader's scores are worth for deciding whether to answer: calibration, risk and coverage, answerability."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from carrel.eval.result import QueryResult
from carrel.measures import (
    area_under_risk_coverage,
    auroc,
    best_threshold,
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
            [_score(result) for result in results],
            [bool(result.details["golds"]) for result in results],
        ),
        "risk_coverage": _curve(scores, wrong),
    }


def threshold_in_halves(results: Sequence[QueryResult]) -> dict[str, Any] | None:
    """Return EM and F1 with a null threshold that was never chosen on the texts that it is measured on.

    It is chosen for the best F1 on the texts of odd rank by name and measured on the even ones, and the other way
    round; the values are the means of both. None where there is one text only.
    """
    names = sorted({result.details["text"] for result in results})
    odd = set(names[::2])
    halves = [[r for r in results if (r.details["text"] in odd) is side] for side in (True, False)]
    if not all(halves):
        return None
    measured = [_measured(chosen, tested) for chosen, tested in (halves, halves[::-1])]
    return {
        "EM": sum(half["EM"] for half in measured) / 2,
        "F1": sum(half["F1"] for half in measured) / 2,
        "halves": measured,
    }


def _measured(chosen: Sequence[QueryResult], tested: Sequence[QueryResult]) -> dict[str, Any]:
    best = best_threshold(
        [_score(result) for result in chosen],
        [result.details["if_answered"] for result in chosen],
        [result.details["if_abstained"] for result in chosen],
    ).value
    given = [_score(result) >= best for result in tested]
    exact, f1 = [], []
    for result, answered in zip(tested, given, strict=True):
        exact.append(result.details["exact"]["answered" if answered else "abstained"])
        f1.append(result.details["if_answered" if answered else "if_abstained"])
    return {
        "threshold": best if math.isfinite(best) else None,
        "questions": len(tested),
        "EM": sum(exact) / len(exact),
        "F1": sum(f1) / len(f1),
    }


def _score(result: QueryResult) -> float:
    return float(result.details["score"]) if _scored(result) else -math.inf


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
