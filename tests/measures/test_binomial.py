import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.measures.binomial import effective_count, incomplete_beta, share_at_most, student_quantile, upper_bound


@given(
    a=st.floats(0.05, 2000),
    b=st.floats(0.05, 2000),
    x=st.floats(0, 1),
)
def test_the_incomplete_beta_function_is_scipys(a: float, b: float, x: float) -> None:
    special = pytest.importorskip("scipy.special")
    assert incomplete_beta(a, b, x) == pytest.approx(special.betainc(a, b, x), abs=1e-9)


@given(count=st.integers(1, 60), wrong=st.integers(0, 60), share=st.floats(0.01, 0.99))
def test_the_tail_is_the_sum_of_binomial_probabilities(count: int, wrong: int, share: float) -> None:
    wrong = min(wrong, count)
    tail = math.fsum(math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(wrong + 1))
    assert share_at_most(wrong, count, share) == pytest.approx(tail, abs=1e-9)


def test_the_bound_is_clopper_and_pearsons() -> None:
    # 0 of 22 wrong: 1 - .1 ** (1 / 22); the others from R's binom.test(..., alternative = "less", conf.level = .9).
    assert upper_bound(0, 22, 0.9) == pytest.approx(1 - 0.1 ** (1 / 22))
    assert upper_bound(3, 60, 0.9) == pytest.approx(0.107965, abs=1e-6)
    assert upper_bound(5, 5, 0.9) == 1


@given(count=st.integers(1, 500), wrong=st.integers(0, 500), share=st.floats(0.01, 0.99))
def test_bound_and_tail_say_the_same(count: int, wrong: int, share: float) -> None:
    wrong = min(wrong, count)
    refuted = share_at_most(wrong, count, share) <= 0.1
    bound = upper_bound(wrong, count, 0.9)
    if abs(bound - share) > 1e-6:
        assert refuted == (bound <= share)


def test_answers_that_fail_together_count_for_less() -> None:
    alone = [i % 10 == 0 for i in range(200)]
    assert effective_count(alone, range(200), 0.9) == pytest.approx(200, rel=0.01)
    # 20 documents of ten questions each, of which two fail altogether.
    together = [i < 20 for i in range(200)]
    assert effective_count(together, [i // 10 for i in range(200)], 0.9) == pytest.approx(18, rel=0.06)


def test_few_groups_leave_more_open_even_where_nothing_failed() -> None:
    counts = [effective_count([False] * 60, [i % groups for i in range(60)], 0.9) for groups in (2, 5, 20, 60)]
    assert counts == sorted(counts)
    assert counts[0] < 20
    assert counts[-1] == 60


def test_one_group_and_none_are_taken_as_they_are() -> None:
    assert effective_count([True, False], [0, 0], 0.9) == 2
    assert effective_count([], [], 0.9) == 0


@pytest.mark.parametrize(("probability", "freedom", "value"), [(0.9, 5, 1.4759), (0.975, 10, 2.2281), (0.5, 3, 0.0)])
def test_students_quantiles_are_those_of_the_tables(probability: float, freedom: float, value: float) -> None:
    assert student_quantile(probability, freedom) == pytest.approx(value, abs=1e-4)
