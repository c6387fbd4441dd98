import math
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from carrel.eval import blame
from carrel.eval.blame import (
    CLASSES,
    Substitutions,
    blame_question,
    blame_shares,
    blame_totals,
    first_blamed,
    waterfall_points,
)
from carrel.measures import bootstrap_mean, token_f1

f1 = st.floats(0, 1) | st.sampled_from([0.0, 1 / 3, 2 / 3, 1.0, token_f1("a b c d e f g", ["c d e f h i"])])
lost_by = st.sampled_from([None, blame.SOURCE_MISSING, blame.SPLIT, blame.FUSED, blame.MISLABELLED])
rows = st.tuples(st.builds(Substitutions, f1, f1, lost_by, st.none() | f1, st.none() | f1), st.booleans())


def test_what_a_replacement_gains_is_the_loss_of_that_part() -> None:
    assert blame_question(Substitutions(0.25), answerable=True) == {"reader missed": 0.75}
    missing = Substitutions(0.0, 0.5, blame.SOURCE_MISSING, unheld=0.75, gold_alone=0.875)
    assert blame_question(missing, answerable=True) == {
        "source missing": 0.5,
        "abstained wrongly": 0.25,
        "reader distracted": 0.125,
        "reader missed": 0.125,
    }


def test_a_negative_gain_is_shown() -> None:
    losses = blame_question(Substitutions(0.5, unheld=0.5, gold_alone=0.25), answerable=True)
    assert losses == {"reader distracted": -0.25, "reader missed": 0.75}
    assert first_blamed(losses) == "reader missed"


def test_questions_without_an_answer_and_with_a_wrong_label() -> None:
    assert blame_question(Substitutions(1.0), answerable=False) == {}
    assert blame_question(Substitutions(0.0), answerable=False) == {"answered wrongly": 1}
    assert blame_question(Substitutions(0.25, lost_by=blame.MISLABELLED), answerable=True) == {
        "gold not at its offsets": 0.75
    }


def test_nothing_asked_nothing_blamed() -> None:
    assert blame_shares([], 0.0) == dict.fromkeys(CLASSES, 0.0)
    assert first_blamed({}) is None


@given(rows)
def test_a_question_loses_what_its_parts_sum_to(row) -> None:
    steps, answerable = row
    assert sum(blame_question(steps, answerable=answerable).values()) == 1 - Fraction(steps.as_is)


@given(st.lists(rows, min_size=1, max_size=40))
@example([(Substitutions(0.24780945917634184, 0.0, None, 0.6037161349001211, 0.0), True)])
def test_shares_sum_to_the_loss_to_the_last_bit(sample) -> None:
    losses = [blame_question(steps, answerable=answerable) for steps, answerable in sample]
    assert sum(blame_totals(losses).values()) == sum(1 - Fraction(steps.as_is) for steps, _ in sample)
    value = bootstrap_mean(steps.as_is for steps, _ in sample).value
    assert value is not None
    shares = blame_shares(losses, 1 - value)
    assert list(shares) == list(CLASSES)
    assert math.fsum(shares.values()) == 1 - value
    for name, total in blame_totals(losses).items():
        assert shares[name] == pytest.approx(float(total / len(sample)), abs=1e-14)


@given(st.lists(rows, min_size=1, max_size=40), st.integers(0, 3))
def test_people_can_add_up_what_they_are_shown(sample, decimals) -> None:
    losses = [blame_question(steps, answerable=answerable) for steps, answerable in sample]
    value = bootstrap_mean(steps.as_is for steps, _ in sample).value
    shares = blame_shares(losses, 1 - value)
    points = waterfall_points(value, shares, decimals=decimals)
    shown_loss = 100 - round(100 * value * 10**decimals) / 10**decimals
    assert math.fsum(points.values()) == pytest.approx(shown_loss, abs=1e-9)
    for name, part in points.items():
        assert part == pytest.approx(100 * shares[name], abs=1.01 / 10**decimals)
