"""Intervals hold the truth as often as they say: the small, seeded version of benchmarks/intervals.py."""

import numpy as np
import pytest

from carrel.measures import bootstrap_difference, bootstrap_mean, randomization_test

SETS, QUESTIONS = 400, 200


def f1_like(random: np.random.Generator, n: int):
    kind = random.random(n)
    return np.where(kind < 0.25, 0.0, np.where(kind < 0.75, 1.0, random.beta(2, 2, n)))


def disagreeing(random: np.random.Generator, n: int):
    return random.choice([-1.0, 0.0, 1.0], p=[0.05, 0.9, 0.05], size=n)


@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        (lambda random, n: random.binomial(1, 0.5, n).astype(float), 0.5),
        (lambda random, n: random.binomial(1, 0.1, n).astype(float), 0.1),
        (lambda random, n: random.binomial(1, 0.9, n).astype(float), 0.9),
        (f1_like, 0.625),
        (lambda random, n: random.beta(2, 1, n), 2 / 3),
        (lambda random, n: random.beta(0.3, 1.5, n), 1 / 6),
    ],
    ids=["0/1 .5", "0/1 .1", "0/1 .9", "F1-like", "nDCG-like", "nDCG-like, low"],
)
def test_about_95_of_100_intervals_hold_the_truth(draw, truth) -> None:
    random = np.random.default_rng(0)
    held = 0
    for trial in range(SETS):
        estimate = bootstrap_mean(draw(random, QUESTIONS).tolist(), resamples=500, seed=trial)
        held += estimate.low <= truth <= estimate.high
    assert 0.92 <= held / SETS <= 0.98, "the standard error of this share is .011"


@pytest.mark.parametrize("draw", [disagreeing, lambda random, n: random.normal(0, 0.2, n)], ids=["0/1", "continuous"])
def test_differences_and_false_alarms(draw) -> None:
    random = np.random.default_rng(0)
    held = alarms = 0
    for trial in range(SETS):
        data = draw(random, QUESTIONS)
        estimate = bootstrap_difference(data.tolist(), resamples=500, seed=trial)
        held += estimate.low <= 0 <= estimate.high
        alarms += randomization_test(data, flips=1000, seed=trial) <= 0.05
    assert 0.92 <= held / SETS <= 0.98
    assert 0.025 <= alarms / SETS <= 0.08
