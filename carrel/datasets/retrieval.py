"""The common shape of a retrieval dataset: documents, queries, and which documents answer which query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from carrel.datasets.problems import Problems

Qrels = Mapping[str, Mapping[str, int]]
"""Judgements: query id to document id to grade; a grade of 1 or more is relevant, anything else is not."""

Run = Mapping[str, Mapping[str, float]]
"""A system's output: query id to document id to score."""


@dataclass(frozen=True, slots=True)
class RetrievalDocument:
    """One document of a corpus; `meta` holds what a query's filter may ask for."""

    id: str
    title: str
    text: str
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RetrievalQuery:
    """One query; `filters` (a Haystack filter, or None) narrows the search to the documents that it is about."""

    id: str
    text: str
    filters: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """A corpus that can be iterated over again and again, the judged queries in file order, and the judgements.

    `problems` counts and lists the bad entries that were left out.
    """

    name: str
    documents: Iterable[RetrievalDocument]
    queries: tuple[RetrievalQuery, ...]
    qrels: Qrels
    problems: Problems = field(default_factory=Problems)
