import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from carrel.errors import ModelError
from carrel.models.windows import PairTemplate, WindowCutter, pad
from tests.models import tiny

WORDPIECE, BYTE_LEVEL = tiny.wordpiece(), tiny.byte_level()
words = st.lists(st.sampled_from(["library", "Paris,", "1921", "é", "🦊", "the", "Überbau"]), max_size=60).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([WORDPIECE, BYTE_LEVEL]),
    words,
    st.lists(words, max_size=3),
    st.integers(12, 60),
    st.integers(0, 80),
)
def test_windows_cover_every_token_of_every_passage_in_order(tokenizer, question, passages, max_tokens, stride):
    windows = WindowCutter(tokenizer, max_tokens=max_tokens, stride=stride).cut(question, passages)
    assert [window.passage for window in windows] == sorted(window.passage for window in windows)
    assert all(len(window.ids) <= max_tokens for window in windows)
    for number, passage in enumerate(passages):
        plain = tokenizer.encode(passage, add_special_tokens=False)
        covered = [
            tuple(offset) for window in windows if window.passage == number for offset in window.offsets.tolist()
        ]
        assert set(covered) == set(plain.offsets)
        assert len(covered) >= len(plain.offsets)


@given(st.integers(0, 300))
def test_neighbouring_windows_share_the_stride_or_half_their_room(stride):
    cutter = WindowCutter(WORDPIECE, max_tokens=32, stride=stride)
    first, second, *_ = cutter.cut("Who?", ["library " * 100])
    shared = {tuple(o) for o in first.offsets.tolist()} & {tuple(o) for o in second.offsets.tolist()}
    assert len(shared) == min(stride, len(first.offsets) // 2)


@pytest.mark.parametrize("tokenizer", [WORDPIECE, BYTE_LEVEL])
def test_a_short_pair_is_what_the_tokenizer_itself_makes_of_it(tokenizer):
    question, passage = "Who built it?", tiny.TEXTS[2]
    (window,) = WindowCutter(tokenizer, max_tokens=200, stride=8).cut(question, [passage])
    whole = tokenizer.encode(question, passage)
    assert window.ids.tolist() == whole.ids
    assert window.type_ids.tolist() == whole.type_ids
    inside = whole.sequence_ids.index(1)
    assert window.first == inside
    assert [tuple(o) for o in window.offsets.tolist()] == whole.offsets[inside : inside + len(window.offsets)]


def test_only_the_passage_of_an_overlong_question_survives_whole():
    (window,) = WindowCutter(WORDPIECE, max_tokens=40, stride=8).cut("library " * 500, ["the library"])
    assert len(window.offsets) == 2
    assert len(window.ids) <= 40


def test_padding_is_masked():
    windows = WindowCutter(WORDPIECE, max_tokens=40, stride=8).cut("Who?", ["the library", "the"])
    batch = pad(windows, pad_id=7)
    assert batch["input_ids"].shape == (2, len(windows[0].ids))
    assert batch["input_ids"][1, -1] == 7
    np.testing.assert_array_equal(batch["attention_mask"].sum(axis=1), [len(window.ids) for window in windows])


def test_a_tokenizer_without_pairs_is_an_error():
    with pytest.raises(ModelError, match="does not encode pairs"):
        PairTemplate.of(Tokenizer(models.BPE()))
