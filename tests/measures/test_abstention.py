import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.measures import best_threshold


def test_abstains_below_what_separates_right_from_wrong() -> None:
    chosen = best_threshold([0.9, 0.8, 0.3, 0.1], [1, 1, 0, 0], [0, 0, 1, 1])
    assert 0.3 < chosen.value < 0.8
    assert chosen.mean == 1.0


def test_answers_everything_when_abstaining_earns_nothing() -> None:
    assert best_threshold([0.2, 0.4], [1, 0.5], [0, 0]).value == -math.inf


def test_abstains_from_everything_when_answering_earns_nothing() -> None:
    assert best_threshold([0.2, 0.4], [0, 0], [1, 1]).value == math.inf


def test_equal_scores_are_not_torn_apart() -> None:
    assert best_threshold([0.5, 0.5], [1, 0], [0, 1]).mean == 0.5


def test_needs_questions() -> None:
    with pytest.raises(ValueError, match="without questions"):
        best_threshold([], [], [])


rows = st.lists(st.tuples(st.integers(0, 6).map(float), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=12)


@given(rows)
def test_no_other_threshold_is_better(questions) -> None:
    scores, answered, abstained = map(list, zip(*questions, strict=True))

    def mean(threshold: float) -> float:
        return math.fsum(a if s >= threshold else b for s, a, b in questions) / len(questions)

    chosen = best_threshold(scores, answered, abstained)
    assert mean(chosen.value) == pytest.approx(chosen.mean)
    assert chosen.mean >= max(mean(t) for t in (*scores, -math.inf, math.inf)) - 1e-9
