"""Are the intervals and tests honest? Simulates many sets of questions whose true values are known.

    python benchmarks/intervals.py [--sets 2000] [--questions 200] [--seed 0]

Prints the tables of docs/statistics.md: how often a 95 % interval holds the true mean, for Carrel's intervals and for
other ways to make them from the same resamples; how often the paired test raises a false alarm at 5 %; and how often
it finds a difference of the size that is said to be found in 80 of 100 cases.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from statistics import NormalDist
from time import process_time

import numpy as np
from numpy.typing import NDArray

from carrel.measures import bootstrap_difference, bootstrap_mean, randomization_test, smallest_difference
from carrel.measures.comparison import holm
from carrel.measures.resampling import resampled_moments

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Array]
NORMAL = NormalDist()


def zero_or_one(p: float) -> Draw:
    """Values that are 1 with probability `p`, else 0."""
    return lambda random, n: (random.random(n) < p).astype(np.float64)


def mixture(zeros: float, ones: float, a: float, b: float) -> Draw:
    """Values that are 0, 1, or between with a beta distribution: what F1 looks like."""

    def draw(random: np.random.Generator, n: int) -> Array:
        kind, between = random.random(n), random.beta(a, b, n)
        return np.where(kind < zeros, 0.0, np.where(kind < zeros + ones, 1.0, between))

    return draw


def beta(a: float, b: float) -> Draw:
    """Values with a beta distribution: what nDCG looks like."""
    return lambda random, n: random.beta(a, b, n)


MEANS: Mapping[str, tuple[Draw, float]] = {
    "0/1, p .5": (zero_or_one(0.5), 0.5),
    "0/1, p .1": (zero_or_one(0.1), 0.1),
    "0/1, p .9": (zero_or_one(0.9), 0.9),
    "0/1, p .02": (zero_or_one(0.02), 0.02),
    "F1-like, mean .63": (mixture(0.25, 0.5, 2, 2), 0.5 + 0.25 / 2),
    "F1-like, mean .85": (mixture(0.08, 0.72, 4, 2), 0.72 + 0.2 * 4 / 6),
    "F1-like, mean .10": (mixture(0.85, 0.08, 2, 4), 0.08 + 0.07 * 2 / 6),
    "F1-like, mean .017": (mixture(0.97, 0.01, 2, 4), 0.01 + 0.02 * 2 / 6),
    "nDCG-like, beta(2, 1)": (beta(2, 1), 2 / 3),
    "nDCG-like, beta(.5, .5)": (beta(0.5, 0.5), 0.5),
    "nDCG-like, beta(.3, 1.5)": (beta(0.3, 1.5), 0.3 / 1.8),
    "nDCG-like, beta(.1, 1.5)": (beta(0.1, 1.5), 0.1 / 1.6),
}


def pair(draw: Draw, alike: float) -> Draw:
    """Differences of two systems of one kind that say the same of a share of the questions."""
    return lambda random, n: np.where(random.random(n) < alike, 0.0, draw(random, n) - draw(random, n))


def lopsided(random: np.random.Generator, n: int) -> Array:
    """Many small losses and few large gains, which make up for each other."""
    return np.where(random.random(n) < 0.1, 0.45, -0.05) + random.normal(0, 0.05, n)


DIFFERENCES: Mapping[str, Draw] = {
    "0/1, p .5, half alike": pair(zero_or_one(0.5), 0.5),
    "0/1, p .1": pair(zero_or_one(0.1), 0.0),
    "0/1, p .9, half alike": pair(zero_or_one(0.9), 0.5),
    "0/1, p .02": pair(zero_or_one(0.02), 0.0),
    "F1-like, two thirds alike": pair(mixture(0.25, 0.5, 2, 2), 2 / 3),
    "F1-like, 95 of 100 alike": pair(mixture(0.25, 0.5, 2, 2), 0.95),
    "nDCG-like, beta(2, 1)": pair(beta(2, 1), 0.0),
    "nDCG-like, beta(.3, 1.5), half alike": pair(beta(0.3, 1.5), 0.5),
    "many small losses, few large gains": lopsided,
}


def other_intervals(data: Array, seed: int) -> dict[str, tuple[float, float]]:
    """Return the intervals that were not chosen."""
    mean, spread = float(data.mean()), float(data.std())
    if spread == 0:
        return dict.fromkeys(("percentile", "BCa", "studentized alone"), (mean, mean))
    means, spreads = resampled_moments(data, 1000, seed)
    away = np.where(np.abs(means - mean) < 1e-12, 0.0, means - mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        pivots = np.where(away == 0, 0.0, away / spreads)
    low, high = np.quantile(pivots, 0.025, method="lower"), np.quantile(pivots, 0.975, method="higher")
    return {
        "percentile": tuple(np.quantile(means, [0.025, 0.975])),
        "BCa": tuple(np.quantile(means, _bca_shares(data, away))),
        "studentized alone": (mean - high * spread, mean - low * spread),
    }


def _bca_shares(data: Array, away: Array) -> list[float]:
    """The quantiles of the resampled means that BCa takes (Efron and Tibshirani 1993, section 14.3)."""
    share = (float((away < 0).sum()) + 0.5 * float((away == 0).sum())) / len(away)
    bias = NORMAL.inv_cdf(min(max(share, 1e-6), 1 - 1e-6))
    centered = data - data.mean()
    acceleration = float((centered**3).sum()) / (6 * float((centered**2).sum()) ** 1.5)
    shifted = [bias + NORMAL.inv_cdf(tail) for tail in (0.025, 0.975)]
    return [NORMAL.cdf(bias + z / (1 - acceleration * z)) for z in shifted]


def coverage(draw: Draw, truth: float, *, paired: bool, sets: int, questions: int, seed: int) -> dict[str, float]:
    """Return the share of sets whose interval holds the truth, by method, and the mean width of Carrel's interval."""
    random = np.random.default_rng(seed)
    interval = bootstrap_difference if paired else bootstrap_mean
    held: dict[str, float] = {}
    width = 0.0
    for number in range(sets):
        data = draw(random, questions)
        ours = interval(data.tolist(), seed=number)
        bounds = float(ours.low or 0), float(ours.high or 0)
        width += bounds[1] - bounds[0]
        for name, (low, high) in {"Carrel": bounds, **other_intervals(data, number)}.items():
            held[name] = held.get(name, 0) + (low <= truth <= high)
    return {**{name: count / sets for name, count in held.items()}, "width": width / sets}


def alarms(draw: Draw, *, sets: int, questions: int, seed: int) -> float:
    """Return how often the paired test calls a difference at 5 % where there is none."""
    random = np.random.default_rng(seed)
    return sum(randomization_test(draw(random, questions), seed=n) <= 0.05 for n in range(sets)) / sets


def alarms_of_three(draw: Draw, *, sets: int, questions: int, seed: int) -> float:
    """Return how often, of three systems like the baseline, any is called different after Holm's correction."""
    random = np.random.default_rng(seed)
    called = 0
    for number in range(sets):
        p_values = [randomization_test(draw(random, questions), seed=number) for _ in range(3)]
        called += min(holm(p_values)) <= 0.05
    return called / sets


def power(disagreements: float, *, sets: int, questions: int, seed: int) -> float:
    """Return how often a true difference of `smallest_difference` is found, for 0/1 values."""
    random = np.random.default_rng(seed)
    pilot = random.choice([-1.0, 0.0, 1.0], p=[disagreements / 2, 1 - disagreements, disagreements / 2], size=100_000)
    true = float(smallest_difference(pilot.tolist()).value or 0) * (len(pilot) / questions) ** 0.5
    shares = [(disagreements - true) / 2, 1 - disagreements, (disagreements + true) / 2]
    found = 0
    for number in range(sets):
        data = random.choice([-1.0, 0.0, 1.0], p=shares, size=questions)
        found += randomization_test(data, seed=number) <= 0.05
    return found / sets


def row(*cells: object) -> None:
    """Print a row of a Markdown table; fractions are shown times 100."""
    print("| " + " | ".join(f"{100 * c:.1f}" if isinstance(c, float) else str(c) for c in cells) + " |", flush=True)


def header(*cells: str) -> None:
    """Begin a Markdown table."""
    print()
    row(*cells)
    row(*["---"] * len(cells))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=2000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = vars(parser.parse_args())
    began = process_time()
    methods = ("Carrel", "percentile", "BCa", "studentized alone")
    header("values", *methods, "Carrel's mean width")
    for name, (draw, truth) in MEANS.items():
        shares = coverage(draw, truth, paired=False, **given)
        row(name, *(shares[m] for m in methods), shares["width"])
    header("differences", *methods, "Carrel's mean width", "false alarms", "of three systems, any")
    for name, draw in DIFFERENCES.items():
        shares = coverage(draw, 0.0, paired=True, **given)
        row(name, *(shares[m] for m in methods), shares["width"], alarms(draw, **given), alarms_of_three(draw, **given))
    header("0/1 values that differ on", "difference found")
    for disagreements in (0.1, 0.2, 0.4):
        row(f"{disagreements:.0%} of the questions", power(disagreements, **given))
    print(f"\n{process_time() - began:.0f} s of one processor")


if __name__ == "__main__":
    main()
