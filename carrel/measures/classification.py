"""Accuracy, macro and micro F1 of predicted labels, one or several an item (Sokolova and Lapalme 2009, table 3)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from carrel.measures.counts import Counts


@dataclass(frozen=True, slots=True)
class ClassificationScores:
    """What a classifier got right: `per_class` by label, in the order of the labels; `items` were compared.

    `accuracy` is the share of items whose labels are exactly the gold ones.
    """

    items: int
    accuracy: float | None
    per_class: Mapping[str, Counts]

    @property
    def macro_f1(self) -> float | None:
        """The mean F1 over labels; one that is neither gold nor predicted anywhere has none, and is left out."""
        values = [f1 for counts in self.per_class.values() if (f1 := counts.f1) is not None]
        return math.fsum(values) / len(values) if values else None

    @property
    def micro_f1(self) -> float | None:
        """F1 of all decisions together; the same as accuracy where every item has one label."""
        return sum(self.per_class.values(), Counts()).f1

    def to_json(self) -> dict[str, object]:
        return {
            "items": self.items,
            "accuracy": self.accuracy,
            "macro F1": self.macro_f1,
            "micro F1": self.micro_f1,
            "per class": {label: counts.to_json() for label, counts in self.per_class.items()},
        }


def score_labels(
    predictions: Sequence[str], golds: Sequence[str], *, labels: Sequence[str] | None = None
) -> ClassificationScores:
    """Compare one predicted label an item with one gold label; see `score_label_sets`."""
    return score_label_sets([{label} for label in predictions], [{label} for label in golds], labels=labels)


def score_label_sets(
    predictions: Sequence[Collection[str]], golds: Sequence[Collection[str]], *, labels: Sequence[str] | None = None
) -> ClassificationScores:
    """Compare sets of labels; `labels` (default: all that occur, sorted) names the classes that are counted.

    Raises:
        ValueError: the sequences differ in length.
    """
    pairs = [(set(found), set(gold)) for found, gold in zip(predictions, golds, strict=True)]
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for found, gold in pairs:
        right.update(found & gold)
        wrong.update(found - gold)
        missed.update(gold - found)
    classes = sorted(right.keys() | wrong.keys() | missed.keys()) if labels is None else labels
    exact = sum(found == gold for found, gold in pairs)
    return ClassificationScores(
        items=len(pairs),
        accuracy=exact / len(pairs) if pairs else None,
        per_class={label: Counts(right[label], wrong[label], missed[label]) for label in classes},
    )


def confusion(predictions: Sequence[str], golds: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return how often each (gold, predicted) pair of labels came, most frequent first, ties by label."""
    counted = Counter(zip(golds, predictions, strict=True))
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
