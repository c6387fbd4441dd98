import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.measures import (
    Measured,
    NotMeasured,
    Verdict,
    compare_with_baseline,
    holm,
    questions_needed,
    randomization_test,
    smallest_difference,
)

few = st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.0, 0.25, 1.0]), min_size=1, max_size=9)


def by_all_signs(differences) -> float:
    observed = abs(sum(differences))
    sums = [
        abs(sum(map(math.prod, zip(signs, differences, strict=True))))
        for signs in itertools.product((-1, 1), repeat=len(differences))
    ]
    beyond = sum(value > observed + 1e-9 for value in sums) + sum(abs(value - observed) <= 1e-9 for value in sums) / 2
    return beyond / len(sums)


@given(few)
def test_random_signs_come_near_to_all_signs(differences) -> None:
    expected = by_all_signs(differences) if any(differences) else 1.0
    assert randomization_test(differences, flips=20_000) == pytest.approx(expected, abs=0.02)


def test_equal_sizes_and_distinct_sizes_are_drawn_alike() -> None:
    few_sizes = [1.0] * 30 + [-1.0] * 15
    many_sizes = [value * (1 + place * 1e-14) for place, value in enumerate(few_sizes)]
    assert randomization_test(few_sizes) == pytest.approx(randomization_test(many_sizes), abs=0.01)


def test_few_disagreements_as_mcnemar_s_mid_p() -> None:
    # 2 P(X < 3) + P(X = 3) for X binomial(12, 1/2), in 12 disagreements of which 3 go one way: Fagerland et al. 2013.
    mid_p = 2 * sum(math.comb(12, k) for k in range(3)) / 2**12 + math.comb(12, 3) / 2**12
    assert randomization_test([1.0] * 9 + [-1.0] * 3 + [0.0] * 50, flips=40_000) == pytest.approx(mid_p, abs=0.006)


def test_what_never_differs_is_alike() -> None:
    assert randomization_test([0.0, 0.0]) == 1.0
    assert randomization_test([]) == 1.0
    assert randomization_test([1.0] * 100) < 0.001


def test_holm_by_hand() -> None:
    # 4 x .005, 3 x .01, 2 x .03, and for .04 no less than for .03.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.6, 0.7]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_keeps_the_order_and_lies_between_nothing_and_bonferroni(p_values) -> None:
    adjusted = holm(p_values)
    for before, after in zip(p_values, adjusted, strict=True):
        assert before <= after <= min(1.0, before * len(p_values)) + 1e-12 or after == max(adjusted)
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    assert [adjusted[place] for place in order] == sorted(adjusted)


def test_verdicts() -> None:
    random = np.random.default_rng(0)
    noise = random.normal(0, 0.2, 300)
    compared = compare_with_baseline(
        {
            "worse": (noise - 0.1).tolist(),
            "better": (noise + 0.1).tolist(),
            "same": noise.tolist(),
            "identical": [0.0] * 300,
            "one question": [0.5],
            "none": [],
        }
    )
    assert {name: comparison.verdict for name, comparison in compared.items()} == {
        "worse": Verdict.WORSE,
        "better": Verdict.BETTER,
        "same": Verdict.UNDECIDED,
        "identical": Verdict.UNDECIDED,
        "one question": Verdict.UNMEASURED,
        "none": Verdict.UNMEASURED,
    }
    assert compared["worse"].difference.high < 0
    assert compared["worse"].adjusted_p == pytest.approx(4 * compared["worse"].p, rel=0.01)
    assert compared["none"].to_json()["smallest_difference"]["value"] is None
    assert compared["one question"].p is None


def test_smaller_may_be_better() -> None:
    compared = compare_with_baseline({"faster": [-0.2, -0.3] * 20}, smaller_is_better=True)
    assert compared["faster"].verdict is Verdict.BETTER


def test_one_disagreement_more_decides_alone_but_not_among_many() -> None:
    differences = [1.0] * 8 + [-1.0] + [0.0] * 91
    assert compare_with_baseline({"one": differences})["one"].verdict is Verdict.BETTER
    several = compare_with_baseline(dict.fromkeys("abcde", differences))
    assert {comparison.verdict for comparison in several.values()} == {Verdict.UNDECIDED}


def test_smallest_difference() -> None:
    spread_of_one = [1.0, -1.0] * 50
    found = smallest_difference(spread_of_one).value
    assert found == pytest.approx((1.959964 + 0.841621) * math.sqrt(100 / 99) / 10, abs=1e-6)
    assert questions_needed(spread_of_one, found / 2) == Measured(400.0)
    assert questions_needed(spread_of_one, found) == Measured(100.0)


def test_where_nothing_tells_how_differences_scatter() -> None:
    assert isinstance(smallest_difference([]), NotMeasured)
    assert isinstance(smallest_difference([0.0, 0.0]), NotMeasured)
    assert isinstance(questions_needed([0.0, 0.0], 0.1), NotMeasured)
    with pytest.raises(ValueError, match="difference of 0"):
        questions_needed([1.0, 0.0], 0.0)
