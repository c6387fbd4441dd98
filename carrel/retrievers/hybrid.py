"""Hybrid retrieval: the rankings of BM25 and of the dense retriever become one (see docs/fusion.md for the choice)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any, Literal

from carrel._haystack import Document, component, default_to_dict
from carrel.retrievers.bm25 import BM25Retriever
from carrel.retrievers.dense import DenseRetriever
from carrel.retrievers.fusion import reciprocal_rank, weighted_scores
from carrel.retrievers.selection import best, both_filters, parsed_query
from carrel.settings import BackendName
from carrel.stores.contract import PassageStore
from carrel.types import RankedPassage

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
        backend: BackendName = "default",
        syntax: bool = False,
    ) -> None:
        """Keep the request's defaults; `syntax` reads operators in queries, which then hold for both retrievers."""
        self.document_store = document_store
        self.model = model
        self.top_k = top_k
        self.filters = filters
        self.one_per_source = one_per_source
        self.fusion: Fusion = fusion
        self.bm25_weight = bm25_weight
        self.candidates = candidates
        self.threads = threads
        self.backend: BackendName = backend
        self.syntax = syntax
        self._bm25 = BM25Retriever(document_store)
        self._dense = DenseRetriever(document_store, model=model, threads=threads, backend=backend)

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
            backend=self.backend,
            syntax=self.syntax,
        )

    def warm_up(self) -> None:
        """Load the encoder."""
        self._dense.warm_up()

    @component.output_types(documents=list[Document], seconds=float, depth=int)
    def run(
        self,
        query: str,
        top_k: int | None = None,
        filters: dict[str, Any] | None = None,
        one_per_source: bool | None = None,
        depth: int | None = None,
    ) -> dict[str, Any]:
        """Return `documents`, best first; their scores are `fused` and whichever of `bm25` and `cosine` found them.

        `depth` is how many passages each retriever gave to fusion. The fused ranking depends on it: given to another
        call for the same query, it makes that one's ranking go on where the first one's ended.
        """
        self.warm_up()
        began = perf_counter()
        parsed = parsed_query(query, syntax=self.syntax)
        narrowed = both_filters(self.filters, filters)
        find_dense = self._dense.finder(parsed, narrowed)
        used = depth or self.candidates

        collapse = self.one_per_source if one_per_source is None else one_per_source
        with self.document_store.reading() as reading:

            def search(count: int) -> list[RankedPassage]:
                nonlocal used
                used = depth or max(count, self.candidates)
                sparse = reading.bm25(parsed, top_k=used, filters=narrowed)
                return self._fuse(sparse, find_dense(reading, used), count)

            documents = reading.documents(best(search, top_k or self.top_k, one_per_source=collapse))
        return {"documents": documents, "seconds": perf_counter() - began, "depth": used}

    def _fuse(self, sparse: Sequence[RankedPassage], dense: Sequence[RankedPassage], count: int) -> list[RankedPassage]:
        rankings = [[(passage.id, passage.score) for passage in found] for found in (sparse, dense)]
        weights = [self.bm25_weight, 1.0 - self.bm25_weight]
        if self.fusion == "ranks":
            fused = reciprocal_rank(rankings, weights=weights)
        else:
            fused = weighted_scores(rankings, weights=weights, normalization=["max", "none"])
        places: dict[str, list[RankedPassage]] = {}
        for passage in (*sparse, *dense):
            places.setdefault(passage.id, []).append(passage)
        return [_fused(places[identity], score) for identity, score in fused[:count]]


def _fused(places: Sequence[RankedPassage], score: float) -> RankedPassage:
    """Join what the retrievers said of one passage."""
    scores = {name: value for place in places for name, value in place.scores.items()}
    ranks = {name: rank for place in places for name, rank in place.ranks.items()}
    return replace(places[0], score=score, scores={**scores, "fused": score}, ranks=ranks)
