"""Questions with gold spans in known contexts: the shape in which SQuAD and SubjQA are evaluated."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from carrel.datasets import Dataset, GoldSpan, SquadQuestion, SquadSet, SubjqaQuestion, SubjqaSet
from carrel.errors import UserError

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class GoldContext:
    """A text that was read by annotators (a paragraph, a review), with the answers that they marked in it.

    `name` is what its source goes by: the title of the article, the id of the review.
    """

    text: str
    answers: tuple[GoldSpan, ...]
    name: str = ""

    @property
    def well_placed(self) -> list[GoldSpan]:
        """The answers that stand at their offsets."""
        return [answer for answer in self.answers if self.text[answer.start : answer.end] == answer.text]


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question, the contexts that belong to it, and the filter (or None) that names what it is about."""

    id: str
    text: str
    contexts: tuple[GoldContext, ...]
    filters: Mapping[str, Any] | None = None

    @property
    def golds(self) -> list[str]:
        """Every accepted answer; empty when "no answer" is right."""
        return [answer.text for context in self.contexts for answer in context.answers]


def open_questions(dataset: Dataset) -> list[OpenQuestion]:
    """Return the questions to ask of a whole collection, in file order; SubjQA's are asked once a product.

    Raises:
        UserError: the dataset has no gold spans.
    """
    if isinstance(dataset, SquadSet):
        return [_squad(question) for question in dataset.questions]
    if isinstance(dataset, SubjqaSet):
        return _subjqa_groups(dataset)
    raise UserError(f"{dataset.name} has judgements but no answers: evaluate its retrieval, or take SQuAD or SubjQA")


def reading_questions(dataset: Dataset) -> list[OpenQuestion]:
    """Return the questions to ask of their own context, in file order.

    Raises:
        UserError: the dataset has no gold spans.
    """
    if not isinstance(dataset, SubjqaSet):
        return open_questions(dataset)
    texts = {review.id: review.text for review in dataset.reviews}
    return [OpenQuestion(q.id, q.question, (_review(q, texts),)) for q in dataset.questions]


def seeded_sample(items: Sequence[_Item], limit: int | None, seed: int) -> list[_Item]:
    """Return `random.Random(seed).sample(items, limit)`, or all of them in order when there are no more than that.

    Raises:
        UserError: the limit is below 1.
    """
    if limit is not None and limit < 1:
        raise UserError(f"The number of questions must be at least 1, not {limit}")
    if limit is None or limit >= len(items):
        return list(items)
    return random.Random(seed).sample(list(items), limit)


def _squad(question: SquadQuestion) -> OpenQuestion:
    context = GoldContext(question.context, question.answers, question.title)
    return OpenQuestion(question.id, question.question, (context,))


def _review(question: SubjqaQuestion, texts: Mapping[str, str]) -> GoldContext:
    return GoldContext(texts[question.review_id], question.answers, question.review_id)


def _subjqa_groups(dataset: SubjqaSet) -> list[OpenQuestion]:
    texts = {review.id: review.text for review in dataset.reviews}
    return [
        OpenQuestion(
            group.id,
            group.question,
            tuple(_review(question, texts) for question in group.questions),
            group.filters,
        )
        for group in dataset.groups
    ]
