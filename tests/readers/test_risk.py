"""The risk that is asked for is kept: by simulation of many calibrations whose true risk is known."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from carrel.errors import ModelError, UserError
from carrel.readers.confidence import Confidence, fit_confidence
from carrel.readers.risk import RiskCalibration, calibrate_risk, load_risk


def outcomes(count: int, seed: int, *, groups: int = 50) -> list[tuple[float, bool, str]]:
    """Answers that are wrong with probability 1 - confidence, spread over documents."""
    order = random.Random(seed)
    shares = [order.random() for _ in range(count)]
    return [(share, order.random() > share, str(order.randrange(groups))) for share in shares]


@pytest.fixture(scope="module")
def confidence() -> Confidence:
    order = random.Random(0)
    rows = [({"reader": value}, order.random() < value) for value in (order.random() for _ in range(200))]
    return fit_confidence(rows, reader="r@1", basis="200 answers", features=("reader",))


def test_the_risk_is_exceeded_in_no_more_than_the_admitted_share_of_calibrations(confidence: Confidence) -> None:
    # Answered from t on, uniform confidences are wrong with probability (1 - t) / 2: the risk .1 is that of t = .8.
    limits = [calibrate_risk(confidence, outcomes(1500, seed), basis="b").limit(0.1) for seed in range(100)]
    too_low = sum(limit.threshold is not None and limit.threshold < 0.8 for limit in limits)
    assert too_low / len(limits) <= 0.1
    assert sum(limit.coverage for limit in limits) / len(limits) > 0.08


def test_a_higher_risk_answers_more(confidence: Confidence) -> None:
    calibration = calibrate_risk(confidence, outcomes(3000, 1), basis="b")
    limits = [calibration.limit(risk) for risk in (0.1, 0.2, 0.4)]
    assert [limit.coverage for limit in limits] == sorted(limit.coverage for limit in limits)
    for limit in limits:
        assert limit.bound is not None
        assert limit.bound <= limit.risk


def test_the_coverage_is_the_share_of_questions_from_the_threshold_on(confidence: Confidence) -> None:
    calibration = calibrate_risk(confidence, outcomes(1000, 2), basis="b")
    limit = calibration.limit(0.2)
    assert limit.coverage == sum(limit.allows(share) for share in calibration.shares) / 1000


def test_where_no_confidence_keeps_the_risk_nothing_is_answered(confidence: Confidence) -> None:
    wrong = [(random.Random(i).random(), True, str(i)) for i in range(300)]
    limit = calibrate_risk(confidence, wrong, basis="b").limit(0.1)
    assert (limit.threshold, limit.coverage) == (None, 0.0)
    assert not limit.allows(1.0)
    assert "Nothing can be answered at a risk of 10%" in limit.statement


def test_too_few_questions_prove_nothing(confidence: Confidence) -> None:
    assert calibrate_risk(confidence, [(0.9, False, "a")] * 40, basis="b").limit(0.1).threshold is None
    assert calibrate_risk(confidence, [(0.9, False, "a")] * 50, basis="b").limit(0.1).threshold == 0.9


def test_documents_that_fail_together_are_believed_less(confidence: Confidence) -> None:
    ordered = sorted(outcomes(1500, 3), key=lambda one: (one[1], one[0]))
    apart = [(share, wrong, str(i)) for i, (share, wrong, _) in enumerate(ordered)]
    together = [(share, wrong, str(i // 30)) for i, (share, wrong, _) in enumerate(ordered)]
    coverage = [calibrate_risk(confidence, rows, basis="b").limit(0.2).coverage for rows in (apart, together)]
    assert coverage[1] < coverage[0]


@pytest.mark.parametrize("risk", [0, 1, -0.1, 10])
def test_a_risk_is_a_share(confidence: Confidence, risk: float) -> None:
    with pytest.raises(UserError, match="between 0 and 1"):
        calibrate_risk(confidence, outcomes(100, 4), basis="b").limit(risk)


def test_what_is_saved_is_loaded(confidence: Confidence, tmp_path: Path) -> None:
    risk = calibrate_risk(confidence, outcomes(100, 5), basis="b")
    risk.save(tmp_path / "risk.json")
    assert load_risk(tmp_path / "risk.json", confidence) == risk
    other = confidence.model_copy(update={"intercept": 1.0})
    with pytest.raises(ModelError, match="another confidence"):
        load_risk(tmp_path / "risk.json", other)


@pytest.mark.parametrize("content", ["", "[]", '{"shares": [0.1]}'])
def test_a_damaged_file_is_one_clear_line(confidence: Confidence, tmp_path: Path, content: str) -> None:
    path = tmp_path / "risk.json"
    path.write_text(content)
    with pytest.raises(ModelError, match=r"risk\.json"):
        load_risk(path, confidence)


def test_lists_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        RiskCalibration(confidence="c", basis="b", shares=(0.1, 0.2), wrong=(True,), groups=(0, 0))
