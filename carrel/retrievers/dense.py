"""Retrieval by the cosine of sentence vectors (Karpukhin et al. 2020; Reimers and Gurevych 2019)."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from carrel._haystack import Document, component, default_to_dict
from carrel.models.sentence_encoder import SentenceEncoder, load_encoder
from carrel.retrievers.selection import best_per_source, both_filters, checked_query
from carrel.stores.contract import PassageStore


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
    ) -> None:
        """Keep the request's defaults; `model` is a packaged model, a folder or a hub name."""
        self.document_store = document_store
        self.model = model
        self.top_k = top_k
        self.filters = filters
        self.one_per_source = one_per_source
        self.threads = threads
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
        )

    def warm_up(self) -> None:
        """Load the encoder; models of one name are loaded once per process."""
        if self._encoder is None:
            self._encoder = load_encoder(self.model, threads=self.threads)

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
        assert self._encoder is not None  # noqa: S101  (what warm_up has just done, said to the type checker)
        began = perf_counter()
        vector = self._encoder.encode_query(checked_query(query))
        fingerprint = self._encoder.fingerprint
        narrowed = both_filters(self.filters, filters)

        def search(count: int) -> list[Document]:
            return self.document_store.vector_search(vector, fingerprint=fingerprint, top_k=count, filters=narrowed)

        count = top_k or self.top_k
        collapse = self.one_per_source if one_per_source is None else one_per_source
        documents = best_per_source(search, count) if collapse else search(count)
        return {"documents": documents, "seconds": perf_counter() - began}
