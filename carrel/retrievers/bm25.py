"""Retrieval by BM25 (Robertson and Zaragoza 2009) over the store's text index."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

from carrel._haystack import Document, component, default_to_dict
from carrel.retrievers.selection import best, both_filters, parsed_query
from carrel.stores.contract import PassageStore
from carrel.types import RankedPassage


@component
class BM25Retriever:
    """Returns the passages that share the rarest words with the query.

    Unlike Haystack's in-memory BM25, which scores every document in Python, the store's inverted index is used: two
    to three orders of magnitude faster at 100,000 passages.
    """

    def __init__(
        self,
        document_store: PassageStore,
        *,
        top_k: int = 10,
        filters: dict[str, Any] | None = None,
        one_per_source: bool = False,
        syntax: bool = False,
    ) -> None:
        """Keep the request's defaults; `filters` holds for every call, and a call's own filters narrow it further.

        `syntax` reads operators in queries (`carrel.stores.query_parser`); without it they are plain words.
        """
        self.document_store = document_store
        self.top_k = top_k
        self.filters = filters
        self.one_per_source = one_per_source
        self.syntax = syntax

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(
            self,
            document_store=self.document_store,
            top_k=self.top_k,
            filters=self.filters,
            one_per_source=self.one_per_source,
            syntax=self.syntax,
        )

    @component.output_types(documents=list[Document], seconds=float)
    def run(
        self,
        query: str,
        top_k: int | None = None,
        filters: dict[str, Any] | None = None,
        one_per_source: bool | None = None,
    ) -> dict[str, Any]:
        """Return `documents`, best first, and the `seconds` it took; scores stand in `meta["carrel"]["scores"]` too."""
        began = perf_counter()
        parsed = parsed_query(query, syntax=self.syntax)
        narrowed = both_filters(self.filters, filters)

        collapse = self.one_per_source if one_per_source is None else one_per_source
        with self.document_store.reading() as reading:

            def search(count: int) -> Sequence[RankedPassage]:
                return reading.bm25(parsed, top_k=count, filters=narrowed)

            documents = reading.documents(best(search, top_k or self.top_k, one_per_source=collapse))
        return {"documents": documents, "seconds": perf_counter() - began}
