"""Searches with judgements: what a dataset asks a retriever for, and which document a passage stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import Any

from carrel.datasets import Dataset, RetrievalSet, SquadSet
from carrel.eval.desk import Desk, Texts, ranking_score
from carrel.eval.gold import GoldLocator
from carrel.eval.questions import OpenQuestion, open_questions
from carrel.types import Hit

GOLD = "the-answer"
"""What every passage that holds a gold span stands for in a ranking of passages."""


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """One search: what is relevant (`grades`), and which document a hit stands for.

    `located` tells whether the collection is seen to hold what the query is about.
    """

    id: str
    text: str
    filters: Mapping[str, Any] | None
    grades: Mapping[str, int]
    stands_for: Callable[[Hit], str]
    located: Callable[[Sequence[Hit]], bool]

    def scored(self, hits: Sequence[Hit]) -> list[tuple[str, float | None]]:
        """Return the documents that the hits stand for with their scores, each at its best place."""
        best: dict[str, float | None] = {}
        for hit in hits:
            best.setdefault(self.stands_for(hit), ranking_score(hit.scores))
        return list(best.items())


@dataclass(frozen=True, slots=True)
class JudgedQueries:
    """The queries for which something is relevant, and the number of the others.

    `per_document` says that documents are judged, so that one passage of each is enough; else passages are.
    """

    queries: tuple[JudgedQuery, ...]
    without_answer: int
    per_document: bool


def judged_queries(desk: Desk, dataset: Dataset) -> JudgedQueries:
    """Return the searches of a dataset: documents by id for BEIR and SubjQA, passages with a gold span for SQuAD."""
    if isinstance(dataset, SquadSet):
        questions = open_questions(dataset)
        locator = GoldLocator(desk.store)
        judged = tuple(_by_span(question, locator) for question in questions if question.golds)
        return JudgedQueries(judged, len(questions) - len(judged), per_document=False)
    asked = len(dataset.queries) if isinstance(dataset, RetrievalSet) else len(dataset.groups)
    retrieval = dataset if isinstance(dataset, RetrievalSet) else dataset.retrieval_set()
    documents = _Documents(desk.store, {document for grades in retrieval.qrels.values() for document in grades})
    judged = tuple(
        JudgedQuery(
            query.id,
            query.text,
            query.filters,
            retrieval.qrels[query.id],
            documents.of,
            partial(documents.hold, retrieval.qrels[query.id]),
        )
        for query in retrieval.queries
        if any(grade > 0 for grade in retrieval.qrels[query.id].values())
    )
    return JudgedQueries(judged, asked - len(judged), per_document=True)


class _Documents:
    """The judged documents of a dataset, as the sources of a collection."""

    def __init__(self, store: Texts, judged: Set[str]) -> None:
        self._store = store
        self._judged = judged

    def of(self, hit: Hit) -> str:
        """Return the document's id: the source, or the row's own id where the name of its file stands before it."""
        return hit.source if hit.source in self._judged else hit.source.rpartition("#")[2]

    def hold(self, grades: Mapping[str, int], hits: Sequence[Hit]) -> bool:
        """Tell whether the collection is seen to have a document that the query was judged with."""
        return any(self.of(hit) in grades for hit in hits) or any(self._store.source(name) for name in grades)


def _by_span(question: OpenQuestion, locator: GoldLocator) -> JudgedQuery:
    # With overlap, or an answer marked in several places, more than one passage can hold it: they stand for one thing
    # to find, at the place of the first.
    return JudgedQuery(
        question.id,
        question.text,
        question.filters,
        {GOLD: 1},
        stands_for=lambda hit: GOLD if locator.answers(question, hit) else hit.id,
        located=lambda hits: locator.located(question, hits),
    )
