import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.measures import Estimate, bootstrap_mean, intervals, percentile

values = st.lists(st.floats(0, 1), min_size=2, max_size=50)


def test_what_was_not_measured_is_not_zero() -> None:
    assert bootstrap_mean([]) == Estimate(None, reason="no query could be measured")
    assert bootstrap_mean([None, None], unmeasured="no relevant document").to_json() == {
        "value": None,
        "low": None,
        "high": None,
        "queries": 0,
        "reason": "no relevant document",
    }
    assert bootstrap_mean([None, 1.0, 0.0]).value == 0.5


def test_one_query_has_no_interval() -> None:
    estimate = bootstrap_mean([0.25])
    assert (estimate.value, estimate.low, estimate.high) == (0.25, None, None)
    assert estimate.reason == "an interval needs two queries or more"


def test_equal_values_have_no_spread() -> None:
    assert bootstrap_mean([0.1] * 7) == Estimate(pytest.approx(0.1), pytest.approx(0.1), pytest.approx(0.1), 7)


@given(values)
def test_an_interval_holds_the_mean_of_plain_data(data) -> None:
    estimate = bootstrap_mean(data, resamples=200)
    assert min(data) <= estimate.low + 1e-12
    assert estimate.low <= estimate.high
    assert estimate.high <= max(data) + 1e-12
    assert estimate.value == pytest.approx(np.mean(data))


def test_the_seed_decides_and_memory_does_not(monkeypatch) -> None:
    draw = random.Random(0)
    data = [draw.random() for _ in range(101)]
    at_once = bootstrap_mean(data, seed=3)
    assert bootstrap_mean(data, seed=3) == at_once
    assert bootstrap_mean(data, seed=4) != at_once
    monkeypatch.setattr(intervals, "_DRAWS_AT_ONCE", 1000)
    assert bootstrap_mean(data, seed=3) == at_once


def test_about_95_of_100_intervals_hold_the_truth() -> None:
    draw = np.random.default_rng(0)
    held = 0
    for trial in range(300):
        estimate = bootstrap_mean(list(draw.binomial(1, 0.4, 120).astype(float)), resamples=500, seed=trial)
        held += estimate.low <= 0.4 <= estimate.high
    assert 0.91 <= held / 300 <= 0.98


def test_percentiles() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([], 0.5) is None
