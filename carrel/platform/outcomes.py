"""What a platform answers to questions whose answers are known, with the text that holds the answer and without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from carrel._haystack import Document
from carrel.datasets import Dataset, RetrievalSet, SquadSet
from carrel.errors import UserError
from carrel.indexing.report import Progress
from carrel.measures.answers import exact_match, token_f1
from carrel.platform.platform import Platform
from carrel.readers.confidence import Features
from carrel.retrievers.selection import both_filters, provenance

RIGHT = 0.5
"""Token F1 from which an answer counts as right."""


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question, the texts that its annotators read, and the answers they marked (none: there is no answer).

    `group` names the document that it is about: questions of one document are not independent of each other.
    """

    id: str
    text: str
    contexts: tuple[str, ...]
    golds: tuple[str, ...]
    group: str
    filters: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The first answer to a question: what the reader saw of it, its confidence, and how right it is.

    `held` says whether the collection held an answer when it was asked; without one every answer is wrong.
    `best_log_odds` is the reader's highest score of all the answers.
    """

    question: LabelledQuestion
    held: bool
    features: Features
    confidence: float | None
    best_log_odds: float
    exact: float
    f1: float

    @property
    def wrong(self) -> bool:
        return not self.held or self.f1 < RIGHT


def labelled_questions(dataset: Dataset) -> list[LabelledQuestion]:
    """Return the questions of a dataset in file order; SubjQA's are asked once a product, among its reviews.

    Raises:
        UserError: the dataset has no gold spans.
    """
    if isinstance(dataset, RetrievalSet):
        raise UserError(f"{dataset.name} has judgements but no answers: take labels in SQuAD's or SubjQA's format")
    if isinstance(dataset, SquadSet):
        return [
            LabelledQuestion(q.id, q.question, (q.context,), tuple(gold.text for gold in q.answers), q.title)
            for q in dataset.questions
        ]
    texts = {review.id: review.text for review in dataset.reviews}
    return [
        LabelledQuestion(
            group.id,
            group.question,
            tuple(texts[q.review_id] for q in group.questions if q.answers or not group.answering_reviews),
            tuple(gold.text for q in group.questions for gold in q.answers),
            group.item_id,
            {"field": "meta.item_id", "operator": "==", "value": group.item_id},
        )
        for group in dataset.groups
    ]


def ask_with_and_without(desk: Platform, questions: Sequence[LabelledQuestion], on_progress: Progress) -> list[Outcome]:
    """Ask every question twice: of the whole collection, and with every source hidden that holds its contexts.

    A question without an answer is asked once. Those to which nothing at all is found are left out.

    Raises:
        UserError: the collection holds the text of none of the questions.
    """
    sources = _Sources(desk)
    outcomes: list[Outcome] = []
    located = 0
    for done, question in enumerate(questions, start=1):
        documents = desk.retrieve(question.text, top_k=_depth(desk), filters=question.filters)
        hidden = sources.without(question, documents)
        located += hidden is not None
        outcomes += _read(desk, question, documents, held=bool(question.golds))
        if hidden is not None and question.golds:
            outcomes += _read(desk, question, hidden, held=False)
        on_progress("asking", done, len(questions), "questions")
    if questions and not located:
        raise UserError("No text that the questions are about is in this collection: index it, or take other labels")
    return outcomes


class _Sources:
    """Finds and hides the sources in which a question's contexts stand."""

    def __init__(self, desk: Platform) -> None:
        self._desk = desk
        text = lru_cache(maxsize=256)(lambda source: desk.store.version_text(source).text)
        self._holds = lru_cache(maxsize=200_000)(lambda context, source: context in text(source))

    def without(self, question: LabelledQuestion, documents: Sequence[Document]) -> list[Document] | None:
        """Retrieve again until none of the question's sources is found; None if none was found at first."""
        hidden: list[str] = []
        while found := sorted(self._holding(question, documents)):
            hidden += found
            others = {"field": "source", "operator": "not in", "value": hidden}
            filters = both_filters(question.filters, others)
            documents = self._desk.retrieve(question.text, top_k=_depth(self._desk), filters=filters)
        return list(documents) if hidden else None

    def _holding(self, question: LabelledQuestion, documents: Sequence[Document]) -> Iterator[str]:
        for source in {provenance(document).source for document in documents}:
            if any(self._holds(context, source) for context in question.contexts):
                yield source


def _depth(desk: Platform) -> int:
    return desk.settings.ask.retriever_top_k


def _read(desk: Platform, question: LabelledQuestion, documents: list[Document], *, held: bool) -> list[Outcome]:
    reading = desk.reader.read(question.text, documents)
    if not reading.answers:
        return []
    answer = reading.answers[0]
    exact, f1 = (measure(answer.text, question.golds) if held else 0.0 for measure in (exact_match, token_f1))
    best = max(features["reader"] for features in reading.features)
    return [Outcome(question, held, reading.features[0], answer.confidence, best, exact, f1)]
