"""The risk-coverage curve and AUROC, against scikit-learn and the definitions written out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.measures import OperatingPoint, area_under_risk_coverage, auroc, risk_coverage

sklearn_metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")

outcomes = st.lists(st.tuples(st.integers(0, 9).map(float), st.booleans()), min_size=1, max_size=30)


def test_by_hand() -> None:
    scores, wrong = [0.9, 0.8, 0.8, 0.1], [False, True, False, True]
    assert risk_coverage(scores, wrong) == [
        OperatingPoint(0.9, 0.25, 0.0),
        OperatingPoint(0.8, 0.75, 1 / 3),
        OperatingPoint(0.1, 1.0, 0.5),
    ]
    assert area_under_risk_coverage(scores, wrong) == pytest.approx(0.5 * (1 / 3) + 0.25 * 0.5)


@given(outcomes)
def test_every_point_is_what_its_threshold_does(rows) -> None:
    scores, wrong = map(list, zip(*rows, strict=True))
    points = risk_coverage(scores, wrong)
    assert [point.threshold for point in points] == sorted(set(scores), reverse=True)
    for point in points:
        answered = [failed for score, failed in rows if score >= point.threshold]
        assert point.coverage == pytest.approx(len(answered) / len(rows))
        assert point.risk == pytest.approx(sum(answered) / len(answered))


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_without_ties_the_area_is_the_mean_risk(wrong) -> None:
    scores = [float(-place) for place in range(len(wrong))]
    risks = [sum(wrong[: place + 1]) / (place + 1) for place in range(len(wrong))]
    assert area_under_risk_coverage(scores, wrong) == pytest.approx(sum(risks) / len(risks), abs=1e-9)


@given(outcomes)
def test_auroc_as_scikit_learn(rows) -> None:
    scores, positive = map(list, zip(*rows, strict=True))
    if len(set(positive)) == 1:
        assert auroc(scores, positive) is None
    else:
        assert auroc(scores, positive) == pytest.approx(sklearn_metrics.roc_auc_score(positive, scores), abs=1e-9)


def test_without_questions() -> None:
    assert risk_coverage([], []) == []
    assert area_under_risk_coverage([], []) is None
    assert auroc([], []) is None
