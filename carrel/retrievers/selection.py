"""What every retriever does to its request and its hits: combine filters, keep one hit a source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from carrel._haystack import Document
from carrel.errors import UserError
from carrel.stores.query import Query
from carrel.stores.query_parser import parse_query
from carrel.types import PROVENANCE_KEY, Provenance, RankedPassage

Search = Callable[[int], Sequence[RankedPassage]]
"""Returns the best passages for one request, best first, given how many are wanted."""


def checked_query(query: str) -> str:
    """Return the query without surrounding white space.

    Raises:
        UserError: nothing is left of it.
    """
    stripped = query.strip()
    if not stripped:
        raise UserError("The query is empty: give at least one word")
    return stripped


def parsed_query(query: str, *, syntax: bool) -> Query:
    """Parse the search syntax, or take every word as it stands.

    Raises:
        UserError: the query is empty.
    """
    checked = checked_query(query)
    return parse_query(checked) if syntax else Query.of_words(checked)


def both_filters(first: Mapping[str, Any] | None, second: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Require both filters.

    Haystack's own policies can drop the filter that a retriever was made with when a call brings one of its own; a
    retriever made for one tenant must never search another's passages, so here they are always combined.
    """
    given = [dict(filters) for filters in (first, second) if filters]
    if len(given) < 2:
        return given[0] if given else None
    return {"operator": "AND", "conditions": given}


def provenance(document: Document) -> Provenance:
    """Return where a retrieved passage stands; a document from another store is its own source."""
    found = Provenance.from_meta(document.meta)
    if found is not None:
        return found
    text = document.content or ""
    return Provenance(source=document.id, version="", start=0, end=len(text), title=str(document.meta.get("title", "")))


def with_scores(document: Document, score: float, scores: Mapping[str, float]) -> Document:
    """Return a copy of the passage with this score, and these named scores in its provenance."""
    block = replace(provenance(document), scores=scores).to_meta()
    return replace(document, score=score, meta={**document.meta, PROVENANCE_KEY: block})


def best(search: Search, top_k: int, *, one_per_source: bool) -> Sequence[RankedPassage]:
    """Return the `top_k` best passages, or the best one of each of the `top_k` best sources."""
    return best_per_source(search, top_k) if one_per_source else search(top_k)


def best_per_source(search: Search, top_k: int) -> list[RankedPassage]:
    """Return the best passage of each of the `top_k` best sources, searching deeper until there are so many."""
    wanted = top_k * 4
    while True:
        found = search(wanted)
        first: dict[str, RankedPassage] = {}
        for passage in found:
            first.setdefault(passage.source, passage)
        if len(first) >= top_k or len(found) < wanted:
            return list(first.values())[:top_k]
        wanted *= 4
