"""Labels against scikit-learn."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.measures import confusion, score_label_sets, score_labels

sklearn_metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
preprocessing = pytest.importorskip("sklearn.preprocessing", reason="scikit-learn is not installed")

items = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abce")), min_size=1, max_size=40)


@given(items)
def test_one_label_an_item(pairs) -> None:
    found, gold = map(list, zip(*pairs, strict=True))
    scores = score_labels(found, gold)
    assert scores.accuracy == pytest.approx(sklearn_metrics.accuracy_score(gold, found), abs=1e-9)
    for average, ours in (("macro", scores.macro_f1), ("micro", scores.micro_f1)):
        assert ours == pytest.approx(sklearn_metrics.f1_score(gold, found, average=average, zero_division=0), abs=1e-9)
    assert scores.micro_f1 == pytest.approx(scores.accuracy)


@pytest.mark.parametrize("seed", range(5))
def test_sets_of_labels(seed) -> None:
    draw = random.Random(seed)
    sets = [[{label for label in "abcde" if draw.random() < 0.4} for _ in range(50)] for _ in range(2)]
    binary = preprocessing.MultiLabelBinarizer(classes=list("abcde"))
    found, gold = (binary.fit_transform(one) for one in sets)
    scores = score_label_sets(*sets)
    precision, recall, f1, support = sklearn_metrics.precision_recall_fscore_support(gold, found, zero_division=0)
    for place, counts in enumerate(scores.per_class.values()):
        ours = (counts.precision, counts.recall, counts.f1, counts.right + counts.missed)
        assert ours == pytest.approx((precision[place], recall[place], f1[place], support[place]), abs=1e-9)
    assert scores.accuracy == pytest.approx(sklearn_metrics.accuracy_score(gold, found), abs=1e-9)
    for average, ours in (("macro", scores.macro_f1), ("micro", scores.micro_f1)):
        assert ours == pytest.approx(sklearn_metrics.f1_score(gold, found, average=average), abs=1e-9)


def test_what_cannot_be_measured_is_null() -> None:
    scores = score_labels(["a", "a"], ["a", "b"], labels=["a", "b", "never"])
    assert scores.per_class["b"].precision is None
    assert scores.per_class["b"].f1 == 0
    assert scores.per_class["never"].to_json() == {"precision": None, "recall": None, "f1": None, "support": 0}
    assert scores.macro_f1 == pytest.approx((2 / 3 + 0) / 2)
    empty = score_labels([], [])
    assert (empty.items, empty.accuracy, empty.macro_f1, empty.micro_f1) == (0, None, None, None)
    assert empty.to_json()["accuracy"] is None


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="shorter"):
        score_labels(["a", "b"], ["a"])


def test_confusion_counts_pairs_of_gold_and_predicted() -> None:
    found = confusion(["b", "b", "a"], ["a", "a", "a"])
    assert list(found.items()) == [(("a", "b"), 2), (("a", "a"), 1)]
