import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.measures import (
    Estimate,
    bootstrap_difference,
    bootstrap_mean,
    bootstrap_statistic,
    percentile,
    resampling,
    wilson,
)

values = st.lists(st.floats(0, 1), min_size=2, max_size=50)
differences = st.lists(st.sampled_from([-1.0, -0.3, 0.0, 0.0, 0.0, 0.25, 1.0]), min_size=2, max_size=50)


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


def test_equal_values_do_not_make_a_mean_certain() -> None:
    assert bootstrap_mean([1.0] * 20).low == pytest.approx(1 / (1 + 1.959964**2 / 20), abs=1e-6)
    middling = bootstrap_mean([0.1] * 20)
    assert middling.low < 0.05
    assert middling.high > 0.2
    alike = bootstrap_difference([0.0] * 200)
    assert alike.value == 0
    assert -0.02 < alike.low < 0 < alike.high < 0.02


@pytest.mark.parametrize(("right", "count", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)])
def test_wilson_s_published_examples(right, count, low, high) -> None:
    # Newcombe 1998, Statistics in Medicine 17, table I, method 3.
    assert wilson(right / count, count) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_values_of_0_and_1_have_wilson_s_interval() -> None:
    estimate = bootstrap_mean([1.0] * 81 + [0.0] * 182)
    assert (estimate.low, estimate.high) == wilson(81 / 263, 263)


@given(values)
def test_an_interval_holds_the_mean_and_stays_in_range(data) -> None:
    estimate = bootstrap_mean(data, resamples=200)
    assert estimate.value == pytest.approx(np.mean(data))
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    low, high = wilson(float(np.mean(data)), len(data))
    assert estimate.low >= low - 1e-9
    assert estimate.high <= high + 1e-9


@given(differences)
def test_differences_have_intervals_that_mirror_each_other(data) -> None:
    estimate = bootstrap_difference(data, resamples=200)
    mirrored = bootstrap_difference([-value for value in data], resamples=200)
    assert -1 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert mirrored.value == pytest.approx(-estimate.value)
    assert mirrored.high - mirrored.low == pytest.approx(estimate.high - estimate.low, rel=0.3)


def test_seconds_have_an_interval_where_they_differ_enough() -> None:
    draw = random.Random(0)
    estimate = bootstrap_mean([draw.expovariate(0.1) for _ in range(100)])
    assert estimate.low < estimate.value < estimate.high
    alike = bootstrap_mean([7.0] * 9)
    assert (alike.value, alike.low, alike.reason) == (7.0, None, "too few values differ for an interval")


def test_the_seed_decides_and_memory_does_not(monkeypatch) -> None:
    draw = random.Random(0)
    data = [draw.random() for _ in range(101)]
    at_once = bootstrap_mean(data, seed=3)
    assert bootstrap_mean(data, seed=3) == at_once
    assert bootstrap_mean(data, seed=4) != at_once
    monkeypatch.setattr(resampling, "_NUMBERS_AT_ONCE", 1000)
    in_parts = bootstrap_mean(data, seed=3)
    assert (in_parts.low, in_parts.high) == pytest.approx((at_once.low, at_once.high), abs=0.02)


def test_few_distinct_values_are_drawn_as_counts_with_the_same_outcome() -> None:
    few = np.repeat([0.0, 0.5, 2 / 3, 1.0], [40, 10, 20, 50])
    many = few + np.linspace(0, 1e-7, len(few))
    for by_counts, by_draws in zip(
        resampling.resampled_moments(few, 4000, 0), resampling.resampled_moments(many, 4000, 0), strict=True
    ):
        assert by_counts.mean() == pytest.approx(by_draws.mean(), abs=0.003)
        assert by_counts.std() == pytest.approx(by_draws.std(), rel=0.06)
    means, spreads = resampling.resampled_moments(few, 4000, 0)
    assert means.std() == pytest.approx(few.std() / math.sqrt(len(few)), rel=0.05)
    assert spreads.mean() == pytest.approx(few.std(), rel=0.03)


def test_a_measure_of_the_whole_set() -> None:
    data = np.array([0.0, 1.0] * 100)
    estimate = bootstrap_statistic(lambda chosen: float(data[chosen].mean()), 200)
    low, high = wilson(0.5, 200)
    assert (estimate.low, estimate.high) == (pytest.approx(low, abs=0.01), pytest.approx(high, abs=0.01))
    assert bootstrap_statistic(lambda chosen: None, 5).to_json()["value"] is None
    assert bootstrap_statistic(lambda chosen: 1.0, 0).reason == "no query could be measured"
    rarely = bootstrap_statistic(lambda chosen: 1.0 if list(chosen) == [0, 1, 2] else None, 3)
    assert (rarely.value, rarely.low, rarely.reason) == (1.0, None, "an interval needs more queries")


def test_percentiles() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([], 0.5) is None
