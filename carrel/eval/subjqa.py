"""The published way to count on SubjQA: a group without an answer in any review counts as found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carrel.datasets import SubjqaSet
from carrel.measures import RankingMeasure, bootstrap_mean

CUTOFFS = (1, 3, 5, 10)


@dataclass(frozen=True, slots=True)
class RankedGroup:
    """What was found for one answered group, best first, and the reviews that answer it."""

    id: str
    ranking: Sequence[str]
    grades: Mapping[str, int]


def published_count(dataset: SubjqaSet, ranked: Sequence[RankedGroup]) -> dict[str, Any]:
    """Return success@k over all groups, those without an answer counted as found, and over the answered ones alone.

    `ranked` holds every answered group. The tool that the published figures come from counts like this and calls it
    recall; it flatters every system by the share of groups that cannot be missed. Reviews that share no word with a
    question are not found by BM25; tools that score every review rank them behind the others, in some order. Both are
    returned: `as found`, and `every review ranked`, with those reviews in the order of their ids.
    """
    unanswered = sum(not group.answering_reviews for group in dataset.groups)
    candidates = _candidates(dataset)
    completed = [
        RankedGroup(group.id, [*group.ranking, *sorted(candidates[group.id] - set(group.ranking))], group.grades)
        for group in ranked
    ]
    return {
        "groups": len(ranked) + unanswered,
        "unanswered": unanswered,
        "as found": _counted(ranked, unanswered),
        "every review ranked": _counted(completed, unanswered),
    }


def _counted(ranked: Sequence[RankedGroup], unanswered: int) -> dict[str, Any]:
    values = {
        f"success@{k}": [RankingMeasure("success", k)(group.ranking, group.grades) for group in ranked] for k in CUTOFFS
    }
    certain = [1.0] * unanswered
    return {
        "unanswered counted as found": {
            name: bootstrap_mean([*found, *certain]).to_json() for name, found in values.items()
        },
        "answered alone": {name: bootstrap_mean(found).to_json() for name, found in values.items()},
    }


def _candidates(dataset: SubjqaSet) -> dict[str, set[str]]:
    """Return the reviews that each group is asked of, by the group's id."""
    reviews: dict[tuple[str, str | None], set[str]] = {}
    for review in dataset.reviews:
        reviews.setdefault((review.item_id, review.split), set()).add(review.id)
    return {group.id: reviews[group.item_id, group.questions[0].split] for group in dataset.groups}
