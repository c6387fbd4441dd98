"""Retrieval by the cosine of sentence vectors (Karpukhin et al. 2020; Reimers and Gurevych 2019)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Any

from carrel._haystack import Document, component, default_to_dict
from carrel.models.sentence_encoder import SentenceEncoder, load_encoder
from carrel.retrievers.selection import best, both_filters, parsed_query
from carrel.settings import BackendName
from carrel.stores.contract import PassageStore, Reading
from carrel.stores.query import Query
from carrel.types import RankedPassage

Find = Callable[[Reading, int], Sequence[RankedPassage]]
"""Ranks the best passages for one query in a revision, given how many are wanted."""


@component
class DenseRetriever:
    """Returns the passages whose vectors are closest to the query's."""

    def __init__(
        self,
        document_store: PassageStore,
        *,
        model: str = "carrel-encoder",
        top_k: int = 10,
        filters: dict[str, Any] | None = None,
        one_per_source: bool = False,
        threads: int = 0,
        backend: BackendName = "default",
        syntax: bool = False,
    ) -> None:
        """Keep the request's defaults; `model` is a packaged model, a folder or a hub name.

        With `syntax` the operators of a query choose the passages that are ranked, and the words that it looks for are
        embedded without them; a query that only leaves words out finds nothing.
        """
        self.document_store = document_store
        self.model = model
        self.top_k = top_k
        self.filters = filters
        self.one_per_source = one_per_source
        self.threads = threads
        self.backend: BackendName = backend
        self.syntax = syntax
        self._encoder: SentenceEncoder | None = None

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(
            self,
            document_store=self.document_store,
            model=self.model,
            top_k=self.top_k,
            filters=self.filters,
            one_per_source=self.one_per_source,
            threads=self.threads,
            backend=self.backend,
            syntax=self.syntax,
        )

    def warm_up(self) -> None:
        """Load the encoder; models of one name are loaded once per process."""
        if self._encoder is None:
            self._encoder = load_encoder(self.model, threads=self.threads, backend=self.backend)

    @component.output_types(documents=list[Document], seconds=float)
    def run(
        self,
        query: str,
        top_k: int | None = None,
        filters: dict[str, Any] | None = None,
        one_per_source: bool | None = None,
    ) -> dict[str, Any]:
        """Return `documents`, best first, and the `seconds` it took; scores stand in `meta["carrel"]["scores"]` too."""
        self.warm_up()
        began = perf_counter()
        find = self.finder(parsed_query(query, syntax=self.syntax), both_filters(self.filters, filters))
        collapse = self.one_per_source if one_per_source is None else one_per_source
        with self.document_store.reading() as reading:
            found = best(partial(find, reading), top_k or self.top_k, one_per_source=collapse)
            documents = reading.documents(found)
        return {"documents": documents, "seconds": perf_counter() - began}

    def finder(self, query: Query, filters: dict[str, Any] | None) -> Find:
        """Return the search for a parsed query under exactly these filters; the query is embedded once."""
        if not query.text:
            return lambda _reading, _count: []
        self.warm_up()
        assert self._encoder is not None  # noqa: S101  (what warm_up has just done, said to the type checker)
        vector, fingerprint = self._encoder.encode_query(query.text), self._encoder.fingerprint
        return lambda reading, count: reading.vector(
            vector, fingerprint=fingerprint, top_k=count, filters=filters, matching=query.constraints
        )
