import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.retrievers.fusion import reciprocal_rank, weighted_scores

SPARSE = [("a", 12.0), ("b", 6.0), ("c", 3.0)]
DENSE = [("c", 0.8), ("d", 0.6), ("a", 0.5)]

rankings = st.lists(
    st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.floats(-10, 10), max_size=8).map(
        lambda scores: sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    ),
    max_size=3,
)
normalizations = st.sampled_from(["none", "max", "minmax", "zscore"])


def test_reciprocal_rank_sums_over_the_lists() -> None:
    fused = dict(reciprocal_rank([SPARSE, DENSE], k=60))
    assert fused == pytest.approx({"a": 1 / 61 + 1 / 63, "b": 1 / 62, "c": 1 / 63 + 1 / 61, "d": 1 / 62})


def test_ties_are_broken_by_id() -> None:
    assert [i for i, _ in reciprocal_rank([SPARSE, DENSE])] == ["a", "c", "b", "d"]
    assert [i for i, _ in weighted_scores([[("z", 1.0), ("y", 1.0)]], normalization="none")] == ["y", "z"]


def test_weights_decide_between_disagreeing_lists() -> None:
    assert reciprocal_rank([SPARSE, DENSE], weights=[0.9, 0.1])[0][0] == "a"
    assert reciprocal_rank([SPARSE, DENSE], weights=[0.1, 0.9])[0][0] == "c"


def test_bm25_over_its_maximum_and_cosine() -> None:
    fused = dict(weighted_scores([SPARSE, DENSE], weights=[0.5, 0.5], normalization=["max", "none"]))
    assert fused["a"] == pytest.approx(0.5 * 1.0 + 0.5 * 0.5)
    assert fused["c"] == pytest.approx(0.5 * 0.25 + 0.5 * 0.8)
    assert fused["b"] == pytest.approx(0.5 * 0.5 + 0.5 * 0.5), "a missing cosine counts as the lowest that was seen"
    assert fused["d"] == pytest.approx(0.5 * 0.0 + 0.5 * 0.6), "no common word is a BM25 score of zero"


def test_missing_can_be_set_for_each_list() -> None:
    fused = dict(weighted_scores([SPARSE, DENSE], normalization=["max", "none"], missing=["minimum", "zero"]))
    assert fused["b"] == pytest.approx(0.5 + 0.0)
    assert fused["d"] == pytest.approx(0.25 + 0.6)


def test_minmax_and_zscore() -> None:
    assert dict(weighted_scores([SPARSE], normalization="minmax")) == pytest.approx({"a": 1.0, "b": 1 / 3, "c": 0.0})
    scaled = dict(weighted_scores([SPARSE], normalization="zscore"))
    assert math.fsum(scaled.values()) == pytest.approx(0)
    assert math.fsum(value**2 for value in scaled.values()) == pytest.approx(3)


def test_a_single_match_keeps_its_weight() -> None:
    fused = dict(weighted_scores([[("only", 7.0)], [("x", 0.9), ("only", 0.1)]], normalization="minmax"))
    assert fused == pytest.approx({"only": 1.0, "x": 1.0})


def test_empty_lists() -> None:
    assert reciprocal_rank([[], []]) == []
    assert weighted_scores([]) == []
    assert weighted_scores([[], DENSE], normalization=["max", "none"]) == DENSE


@pytest.mark.parametrize("fuse", [reciprocal_rank, weighted_scores])
def test_refuses_what_would_be_counted_twice(fuse) -> None:
    with pytest.raises(ValueError, match="twice"):
        fuse([[("a", 2.0), ("a", 1.0)]])
    with pytest.raises(ValueError, match="weights"):
        fuse([SPARSE, DENSE], weights=[1.0])


def test_refuses_options_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="options"):
        weighted_scores([SPARSE, DENSE], normalization=["max"])
    with pytest.raises(ValueError, match="positive"):
        reciprocal_rank([SPARSE], k=0)


@given(rankings, normalizations)
def test_every_id_comes_back_once_and_in_order(lists, normalization) -> None:
    for fused in (reciprocal_rank(lists), weighted_scores(lists, normalization=normalization)):
        assert {i for i, _ in fused} == {i for ranking in lists for i, _ in ranking}
        assert fused == sorted(fused, key=lambda item: (-item[1], item[0]))
        assert all(math.isfinite(score) for _, score in fused)


@given(rankings.filter(lambda lists: len(lists) > 0))
def test_one_list_keeps_its_order_by_rank(lists) -> None:
    assert [i for i, _ in reciprocal_rank(lists[:1])] == [i for i, _ in lists[0]]
