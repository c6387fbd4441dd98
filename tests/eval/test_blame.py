import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.eval.blame import CLASSES, Substitutions, blame_question, blame_shares
from carrel.measures import bootstrap_mean

f1 = st.floats(0, 1)


def test_what_a_replacement_gains_is_the_loss_of_that_part() -> None:
    assert blame_question(Substitutions(0.25), answerable=True) == {"reader missed": 0.75}
    assert blame_question(Substitutions(0.0, with_gold=0.75), answerable=True) == {
        "not retrieved": 0.75,
        "reader missed": 0.25,
    }
    assert blame_question(Substitutions(0.0, unheld=0.5, with_gold=1.0), answerable=True) == {
        "abstained wrongly": 0.5,
        "not retrieved": 0.5,
    }


def test_a_negative_gain_is_shown() -> None:
    assert blame_question(Substitutions(0.5, with_gold=0.25), answerable=True) == {
        "not retrieved": -0.25,
        "reader missed": 0.75,
    }


def test_questions_without_an_answer() -> None:
    assert blame_question(Substitutions(1.0), answerable=False) == {}
    assert blame_question(Substitutions(0.0), answerable=False) == {"answered wrongly": 1.0}


def test_nothing_asked_nothing_blamed() -> None:
    assert blame_shares([]) == dict.fromkeys(CLASSES, 0.0)


@given(st.lists(st.tuples(f1, st.none() | f1, st.none() | f1, st.booleans()), min_size=1, max_size=30))
def test_shares_sum_to_the_loss(rows) -> None:
    losses = [blame_question(Substitutions(a, b, c), answerable=answerable) for a, b, c, answerable in rows]
    shares = blame_shares(losses)
    assert list(shares) == list(CLASSES)
    assert math.fsum(shares.values()) == pytest.approx(1 - bootstrap_mean(row[0] for row in rows).value, abs=1e-12)
