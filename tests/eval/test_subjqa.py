"""The published way to count on SubjQA, by hand."""

import pytest

from carrel.datasets import GoldSpan, SubjqaQuestion, SubjqaSet
from carrel.datasets.subjqa import SubjqaReview
from carrel.eval.subjqa import RankedGroup, published_count


def test_groups_without_an_answer_count_as_found_and_are_reported_apart() -> None:
    reviews = tuple(SubjqaReview(f"r{n}", "item", f"text {n}") for n in range(4))
    gold = (GoldSpan("text", 0),)
    questions = (
        SubjqaQuestion("q1", "found second?", "item", "r1", gold),
        SubjqaQuestion("q2", "found by no word?", "item", "r3", gold),
        SubjqaQuestion("q3", "never answered?", "item", "r0", ()),
    )
    dataset = SubjqaSet("small", (), reviews, questions, ())
    counted = published_count(dataset, [RankedGroup("q1", ["r0", "r1"], {"r1": 1}), RankedGroup("q2", [], {"r3": 1})])
    assert (counted["groups"], counted["unanswered"]) == (3, 1)

    def values(which: str, how: str) -> list[float]:
        return [estimate["value"] for estimate in counted[which][how].values()]

    assert values("as found", "answered alone") == [0, 0.5, 0.5, 0.5]
    assert values("as found", "unanswered counted as found") == pytest.approx([1 / 3, 2 / 3, 2 / 3, 2 / 3])
    assert values("every review ranked", "answered alone") == [0, 0.5, 1, 1]
