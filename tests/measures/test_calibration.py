"""Calibration against scikit-learn, and against the definitions written out."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.measures import brier_score, expected_calibration_error, reliability

sklearn_calibration = pytest.importorskip("sklearn.calibration", reason="scikit-learn is not installed")
sklearn_metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")

answers = st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0.0, 1.0])), min_size=1, max_size=60)


def by_definition(shares, right, bins) -> float:
    total = 0.0
    for number in range(bins):
        last = number == bins - 1
        members = [
            (share, hit)
            for share, hit in zip(shares, right, strict=True)
            if (int(share * bins) == number or (last and share == 1))
        ]
        if members:
            gap = sum(share for share, _ in members) / len(members) - sum(hit for _, hit in members) / len(members)
            total += len(members) / len(shares) * abs(gap)
    return total


@given(answers, st.integers(1, 20))
def test_calibration_error_as_defined(rows, bins) -> None:
    shares, right = map(list, zip(*rows, strict=True))
    assert expected_calibration_error(shares, right, bins) == pytest.approx(
        by_definition(shares, right, bins), abs=1e-9
    )


@given(answers)
def test_brier_score_as_scikit_learn(rows) -> None:
    shares, right = map(list, zip(*rows, strict=True))
    theirs = sklearn_metrics.brier_score_loss(right, shares, pos_label=1.0)
    assert brier_score(shares, right) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_diagram_as_scikit_learn(seed) -> None:
    draw = random.Random(seed)
    shares = [draw.random() for _ in range(300)]
    right = [float(draw.random() < share) for share in shares]
    accuracy, stated = sklearn_calibration.calibration_curve(right, shares, n_bins=10)
    diagram = reliability(shares, right)
    assert [part.accuracy for part in diagram] == pytest.approx(list(accuracy), abs=1e-9)
    assert [part.stated for part in diagram] == pytest.approx(list(stated), abs=1e-9)
    assert sum(part.count for part in diagram) == 300


def test_by_hand() -> None:
    shares, right = [0.95, 1.0, 0.35, 0.31], [1, 0, 0, 1]
    assert expected_calibration_error(shares, right) == pytest.approx(0.5 * (0.975 - 0.5) + 0.5 * (0.5 - 0.33))
    assert [(part.low, part.high, part.count) for part in reliability(shares, right)] == [(0.3, 0.4, 2), (0.9, 1.0, 2)]


def test_without_answers_there_is_no_value() -> None:
    assert expected_calibration_error([], []) is None
    assert brier_score([], []) is None
    assert reliability([], []) == []


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(ValueError, match="one probability"):
        reliability([1.5], [1])
    with pytest.raises(ValueError, match="one probability"):
        reliability([0.5], [1, 0])
