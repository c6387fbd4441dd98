import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from carrel.models.spans import ScoredSpan, window_spans, without_overlaps
from carrel.models.windows import Window

FIRST = 4


def window_of(tokens):
    """A window with four tokens before the passage, whose tokens are two characters long with a space between."""
    offsets = np.array([(3 * i, 3 * i + 2) for i in range(tokens)], dtype=np.int64).reshape(-1, 2)
    length = FIRST + tokens + 1
    return Window(0, np.arange(length), np.zeros(length, dtype=np.int64), FIRST, offsets)


@st.composite
def scored_windows(draw):
    tokens = draw(st.integers(1, 12))
    # Few distinct values, so that ties are common.
    logits = st.lists(st.integers(-3, 3), min_size=FIRST + tokens + 1, max_size=FIRST + tokens + 1)
    start, end = (np.array(draw(logits), dtype=np.float32) for _ in range(2))
    return start, end, window_of(tokens)


@given(scored_windows(), st.integers(1, 15), st.integers(1, 40))
def test_the_best_spans_are_those_of_trying_every_pair(case, width, count):
    start, end, window = case
    null = float(start[0] + end[0])
    tokens = len(window.offsets)
    pairs = [
        (-(float(start[FIRST + i] + end[FIRST + j]) - null), int(window.offsets[i, 0]), int(window.offsets[j, 1]))
        for i in range(tokens)
        for j in range(i, min(i + width, tokens))
    ]
    found = window_spans(start, end, window, max_answer_tokens=width, count=count)
    assert [(-span.score, span.start, span.end) for span in found] == sorted(pairs)[:count]


@given(scored_windows())
def test_probabilities_are_shares_of_everything_that_could_be_answered(case):
    start, end, window = case
    spans = window_spans(start, end, window, max_answer_tokens=99, count=10_000)
    assert all(0 <= span.probability <= 1 for span in spans)
    assert sum(span.probability for span in spans) <= 1 + 1e-9


def test_the_score_is_the_log_odds_against_no_answer():
    start, end = np.array([1.0, 0, 0, 0, 5.0, 0]), np.array([2.0, 0, 0, 0, 4.0, 0])
    (span,) = window_spans(start.astype(np.float32), end.astype(np.float32), window_of(1), max_answer_tokens=3, count=5)
    assert (span.start, span.end, span.score) == (0, 2, 6.0)
    shares = math.exp(5) / (math.exp(5) + math.exp(1)) * math.exp(4) / (math.exp(4) + math.exp(2))
    assert math.isclose(span.probability, shares)


def test_high_logits_of_the_question_are_no_answer():
    start = end = np.array([0, 99, 99, 99, 1, 0, 99], dtype=np.float32)
    spans = window_spans(start, end, window_of(2), max_answer_tokens=5, count=9)
    assert [(span.start, span.end) for span in spans] == [(0, 2), (0, 5), (3, 5)]


def test_an_empty_token_is_no_answer():
    window = Window(0, np.arange(3), np.zeros(3, dtype=np.int64), 1, np.array([[4, 4]]))
    logits = np.zeros(3, dtype=np.float32)
    assert window_spans(logits, logits, window, max_answer_tokens=5, count=3) == []


spans = st.builds(
    lambda start, length, score: ScoredSpan(start, start + length, score, 0.5),
    st.integers(0, 20),
    st.integers(1, 6),
    st.integers(-3, 3).map(float),
)


@given(st.lists(spans, max_size=20), st.integers(1, 5), st.randoms())
def test_chosen_spans_do_not_overlap_and_do_not_depend_on_the_order(candidates, count, random):
    chosen = without_overlaps(candidates, count)
    assert not any(a.overlaps(b) for i, a in enumerate(chosen) for b in chosen[:i])
    assert len(chosen) <= count
    assert [span.score for span in chosen] == sorted((span.score for span in chosen), reverse=True)
    if candidates:
        assert chosen[0].score == max(span.score for span in candidates)
    random.shuffle(candidates)
    assert without_overlaps(candidates, count) == chosen
