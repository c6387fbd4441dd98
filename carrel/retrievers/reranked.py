"""A retriever whose best passages are reranked: it stands wherever a retriever does."""

from __future__ import annotations

from typing import Any

from carrel._haystack import Document, component, default_from_dict, default_to_dict
from carrel.retrievers.rerank import PairReranker, ReaderReranker


@component
class RerankedRetriever:
    """Takes `candidates` passages from a retriever and returns the best of them by a reranker."""

    def __init__(
        self, retriever: Any, reranker: PairReranker | ReaderReranker, *, top_k: int = 10, candidates: int = 30
    ) -> None:
        """Keep the parts; where more than `candidates` passages are wanted, as many as are wanted are reranked."""
        self.retriever = retriever
        self.reranker = reranker
        self.top_k = top_k
        self.candidates = candidates

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(
            self, retriever=self.retriever, reranker=self.reranker, top_k=self.top_k, candidates=self.candidates
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RerankedRetriever:
        made: RerankedRetriever = default_from_dict(cls, data)
        return made

    def warm_up(self) -> None:
        """Load the models of both parts."""
        for part in (self.retriever, self.reranker):
            if hasattr(part, "warm_up"):
                part.warm_up()

    @component.output_types(documents=list[Document], seconds=float)
    def run(
        self,
        query: str,
        top_k: int | None = None,
        filters: dict[str, Any] | None = None,
        one_per_source: bool | None = None,
    ) -> dict[str, Any]:
        """Return `documents`, best first, and the `seconds` of both steps; all scores stand in the provenance."""
        wanted = top_k or self.top_k
        found = self.retriever.run(
            query, top_k=max(self.candidates, wanted), filters=filters, one_per_source=one_per_source
        )
        ranked = self.reranker.run(query, found["documents"], top_k=wanted)
        return {"documents": ranked["documents"], "seconds": found["seconds"] + ranked["seconds"]}
