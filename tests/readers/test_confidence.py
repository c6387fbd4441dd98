import json
import math
import random

import pytest

from carrel.errors import ModelError, UserError
from carrel.readers.confidence import fit_confidence, load_confidence

NAMES = ("reader", "rank")


def pairs_with_known_odds(count, seed=0):
    """Answers that are right with log-odds 0.5 * reader - 1; `rank` has nothing to do with it."""
    order = random.Random(seed)
    pairs = []
    for _ in range(count):
        reader, rank = order.uniform(-6, 10), order.random()
        right = order.random() < 1 / (1 + math.exp(1 - 0.5 * reader))
        pairs.append(({"reader": reader, "rank": rank}, right))
    return pairs


@pytest.fixture(scope="module")
def confidence():
    return fit_confidence(pairs_with_known_odds(4000), reader="r@1", basis="4,000 answers", features=NAMES)


def test_the_probabilities_are_those_that_made_the_data(confidence):
    for reader in (-5, 0, 3, 9):
        true = 1 / (1 + math.exp(1 - 0.5 * reader))
        assert confidence.probability({"reader": reader, "rank": 0.5}) == pytest.approx(true, abs=0.04)


def test_the_recorded_error_holds_on_new_answers(confidence):
    assert confidence.ece < 0.03
    fresh = pairs_with_known_odds(4000, seed=1)
    brier = sum((confidence.probability(features) - right) ** 2 for features, right in fresh) / len(fresh)
    assert confidence.brier == pytest.approx(brier, abs=0.02)


def test_it_is_what_scikit_learn_fits(confidence):
    linear = pytest.importorskip("sklearn.linear_model")
    import numpy as np

    table = np.array([[row[name] for name in NAMES] for row, _ in pairs_with_known_odds(4000)])
    table = (table - table.mean(axis=0)) / table.std(axis=0)
    fitted = linear.LogisticRegression(C=1.0, tol=1e-10).fit(table, [right for _, right in pairs_with_known_odds(4000)])
    assert list(confidence.coefficients) == pytest.approx(fitted.coef_[0].tolist(), abs=1e-4)
    assert confidence.intercept == pytest.approx(fitted.intercept_[0], abs=1e-4)


def test_perfectly_separable_answers_still_give_finite_weights():
    pairs = [({"reader": float(i)}, i >= 50) for i in range(100)]
    confidence = fit_confidence(pairs, reader="r@1", basis="b", features=("reader",))
    assert confidence.probability({"reader": 99}) > 0.95
    assert confidence.probability({"reader": 0}) < 0.05


def test_a_feature_that_never_varies_does_no_harm():
    # The standard deviation of equal logarithms is not quite zero.
    pairs = [({**features, "passages": math.log(10)}, right) for features, right in pairs_with_known_odds(2000)]
    confidence = fit_confidence(pairs, reader="r@1", basis="b", features=("reader", "passages"))
    ten, three = (confidence.probability({"reader": 1.0, "passages": math.log(count)}) for count in (10, 3))
    assert three == pytest.approx(ten, abs=1e-6)


def test_a_missing_feature_counts_as_its_mean(confidence):
    mean = dict(zip(confidence.features, confidence.means, strict=True))["rank"]
    assert confidence.probability({"reader": 2.0}) == confidence.probability({"reader": 2.0, "rank": mean, "other": 9})


@pytest.mark.parametrize("right", [True, False])
def test_answers_that_are_all_alike_cannot_be_fitted(right):
    with pytest.raises(UserError, match="right and wrong"):
        fit_confidence([({"reader": 1.0}, right)] * 20, reader="r", basis="b", features=("reader",))


def test_a_pair_without_a_feature_is_named():
    with pytest.raises(UserError, match="some pairs lack rank"):
        fit_confidence([({"reader": 1.0}, bool(i % 2)) for i in range(20)], reader="r", basis="b", features=NAMES)


def test_what_is_saved_is_loaded(confidence, tmp_path):
    confidence.save(tmp_path / "confidence.json")
    assert load_confidence(tmp_path / "confidence.json", reader="r@1") == confidence


def test_a_calibration_of_another_reader_is_refused(confidence, tmp_path):
    confidence.save(tmp_path / "confidence.json")
    with pytest.raises(ModelError, match="fitted for r@1, not for r@2"):
        load_confidence(tmp_path / "confidence.json", reader="r@2")


@pytest.mark.parametrize(
    "change", [{"coefficients": [1.0]}, {"intercept": "high"}, {"means": [float("nan"), 0.0]}, {"more": 1}]
)
def test_a_malformed_calibration_is_an_error(confidence, tmp_path, change):
    path = tmp_path / "confidence.json"
    path.write_text(json.dumps({**json.loads(confidence.model_dump_json()), **change}))
    with pytest.raises(ModelError, match="malformed"):
        load_confidence(path, reader="r@1")


def test_a_missing_calibration_is_an_error(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        load_confidence(tmp_path / "confidence.json", reader="r@1")
