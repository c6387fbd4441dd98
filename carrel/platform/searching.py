"""One page of search results: hits, why they are hits, counts by field, and the cursor to the next page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from carrel._haystack import Document
from carrel.platform.cursor import Cursor, request_fingerprint
from carrel.platform.results import SearchResult, hits_of
from carrel.retrievers.selection import parsed_query, provenance
from carrel.settings import SearchMode
from carrel.stores.contract import Filters, PassageStore
from carrel.stores.facets import Facet
from carrel.stores.query import Query
from carrel.types import Why

Retrieve = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Runs a retriever with these inputs and returns its outputs."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is asked for; see `Platform.search`."""

    query: str
    mode: SearchMode
    top_k: int
    filters: Filters | None = None
    one_per_source: bool = False
    plain: bool = False
    facets: Sequence[str] = ()
    facet_values: int = 10
    explain: bool = False
    after: str | None = None

    @property
    def parsed(self) -> Query:
        """The query as it is searched."""
        return parsed_query(self.query, syntax=not self.plain)

    @property
    def fingerprint(self) -> str:
        """What the pages of one search have in common."""
        filters = dict(self.filters) if self.filters else None
        return request_fingerprint(
            {
                "query": self.query,
                "mode": self.mode,
                "filters": filters,
                "one_per_source": self.one_per_source,
                "plain": self.plain,
            }
        )


def search_page(request: SearchRequest, store: PassageStore, retrieve: Retrieve, notes: Sequence[str]) -> SearchResult:
    """Search for one page.

    Raises:
        UserError: the query is empty, or the cursor of another search.
        FilterError: the filter is malformed, or passages cannot be counted by a field.
    """
    parsed = request.parsed
    cursor = None if request.after is None else Cursor.parse(request.after, request.fingerprint)
    revision = store.revision
    documents, seconds, depth = _page(request, cursor, retrieve)
    began = perf_counter()
    shown = cursor.shown if cursor else 0
    following = _cursor(request, documents, shown + len(documents), revision, depth)
    whys = _explain(store, parsed, documents) if request.explain else None
    facets = _facets(request, parsed, store)
    return SearchResult(
        request.query,
        request.mode,
        hits_of(documents, first_rank=shown + 1, whys=whys),
        seconds + perf_counter() - began,
        notes=(*notes, *_notes(request, parsed, cursor, revision)),
        facets=facets,
        next=None if following is None else str(following),
    )


def _page(
    request: SearchRequest, cursor: Cursor | None, retrieve: Retrieve
) -> tuple[Sequence[Document], float, int | None]:
    """Return the hits of the page, the seconds that finding them took, and the depth of a hybrid search."""
    seconds = 0.0
    wanted = request.top_k + (cursor.shown if cursor else 0)
    while True:
        inputs: dict[str, Any] = {
            "query": request.query,
            "top_k": wanted,
            "filters": dict(request.filters) if request.filters else None,
            "one_per_source": request.one_per_source,
        }
        if cursor and cursor.depth is not None:
            inputs["depth"] = cursor.depth
        outputs = retrieve(inputs)
        seconds += outputs["seconds"]
        found: list[Document] = outputs["documents"]
        page = cursor.rest(found) if cursor else found
        if len(page) >= request.top_k or len(found) < wanted:
            return page[: request.top_k], seconds, outputs.get("depth")
        wanted *= 2


def _cursor(
    request: SearchRequest, documents: Sequence[Document], shown: int, revision: int, depth: int | None
) -> Cursor | None:
    """Return where a full page ended; None for the last page."""
    if len(documents) < request.top_k:
        return None
    last = documents[-1]
    return Cursor(request.fingerprint, revision, shown, last.score or 0.0, last.id, depth)


def _explain(store: PassageStore, query: Query, documents: Sequence[Document]) -> list[Why]:
    terms = store.matched_terms(query, documents)
    return [Why(found, provenance(document).ranks) for found, document in zip(terms, documents, strict=True)]


def _facets(request: SearchRequest, query: Query, store: PassageStore) -> Mapping[str, Facet]:
    """Count by what the words match; dense search ranks all passages that the constraints leave, so these count."""
    if not request.facets:
        return {}
    counted = query.constraints if request.mode == "dense" else query
    return store.facets(request.facets, query=counted, filters=request.filters, top=request.facet_values)


def _notes(request: SearchRequest, query: Query, cursor: Cursor | None, revision: int) -> list[str]:
    notes = []
    if cursor and cursor.revision != revision:
        notes.append(
            f"the collection has changed since the page before (revision {cursor.revision}, now {revision}): hits may "
            "be missing or come again"
        )
    if request.mode != "bm25" and query.clauses and not query.text:
        notes.append("the query only leaves words out: there is nothing for dense search to look for")
    return notes
