"""Hybrid retrieval: the rankings of BM25 and of the dense retriever become one (see docs/fusion.md for the choice)."""

from __future__ import annotations

from time import perf_counter
from typing import Any, Literal

from carrel._haystack import Document, component, default_to_dict
from carrel.retrievers.bm25 import BM25Retriever
from carrel.retrievers.dense import DenseRetriever
from carrel.retrievers.fusion import reciprocal_rank, weighted_scores
from carrel.retrievers.selection import best_per_source, provenance, with_scores
from carrel.stores.contract import PassageStore

Fusion = Literal["scores", "ranks"]


@component
class HybridRetriever:
    """Asks both retrievers for `candidates` passages and returns the best of the two rankings together.

    `fusion="scores"` adds the BM25 score over the query's best one, with weight `bm25_weight`, to the cosine, with the
    rest of the weight; `fusion="ranks"` adds reciprocal ranks (Cormack et al. 2009).
    """

    def __init__(
        self,
        document_store: PassageStore,
        *,
        model: str = "carrel-encoder",
        top_k: int = 10,
        filters: dict[str, Any] | None = None,
        one_per_source: bool = False,
        fusion: Fusion = "scores",
        bm25_weight: float = 0.3,
        candidates: int = 100,
        threads: int = 0,
    ) -> None:
        self.document_store = document_store
        self.model = model
        self.top_k = top_k
        self.filters = filters
        self.one_per_source = one_per_source
        self.fusion: Fusion = fusion
        self.bm25_weight = bm25_weight
        self.candidates = candidates
        self.threads = threads
        self._bm25 = BM25Retriever(document_store, filters=filters)
        self._dense = DenseRetriever(document_store, model=model, filters=filters, threads=threads)

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(
            self,
            document_store=self.document_store,
            model=self.model,
            top_k=self.top_k,
            filters=self.filters,
            one_per_source=self.one_per_source,
            fusion=self.fusion,
            bm25_weight=self.bm25_weight,
            candidates=self.candidates,
            threads=self.threads,
        )

    def warm_up(self) -> None:
        """Load the encoder."""
        self._dense.warm_up()

    @component.output_types(documents=list[Document], seconds=float)
    def run(
        self,
        query: str,
        top_k: int | None = None,
        filters: dict[str, Any] | None = None,
        one_per_source: bool | None = None,
    ) -> dict[str, Any]:
        """Return `documents`, best first; their scores are `fused` and whichever of `bm25` and `cosine` found them."""

        began = perf_counter()

        def search(count: int) -> list[Document]:
            depth = max(count, self.candidates)
            sparse = self._bm25.run(query, top_k=depth, filters=filters)["documents"]
            dense = self._dense.run(query, top_k=depth, filters=filters)["documents"]
            return self._fuse(sparse, dense)[:count]

        count = top_k or self.top_k
        collapse = self.one_per_source if one_per_source is None else one_per_source
        documents = best_per_source(search, count) if collapse else search(count)
        return {"documents": documents, "seconds": perf_counter() - began}

    def _fuse(self, sparse: list[Document], dense: list[Document]) -> list[Document]:
        rankings = [[(document.id, document.score or 0.0) for document in found] for found in (sparse, dense)]
        weights = [self.bm25_weight, 1.0 - self.bm25_weight]
        if self.fusion == "ranks":
            fused = reciprocal_rank(rankings, weights=weights)
        else:
            fused = weighted_scores(rankings, weights=weights, normalization=["max", "none"])
        scores: dict[str, dict[str, float]] = {}
        documents: dict[str, Document] = {}
        for document in (*sparse, *dense):
            documents.setdefault(document.id, document)
            scores.setdefault(document.id, {}).update(provenance(document).scores)
        return [with_scores(documents[i], score, {**scores[i], "fused": score}) for i, score in fused]
