"""Reranking: the passages that a retriever found, in the order of a model that reads them together with the query.

`PairReranker` asks a cross-encoder (Nogueira and Cho 2019). `ReaderReranker` asks a span reader how much better its
best span is than "no answer", which costs no second model where a reader runs anyway. Both keep the earlier scores
beside their own `rerank`. Haystack's own rankers are tied to one backend each and drop the other scores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carrel._haystack import Document, component, default_to_dict
from carrel.errors import UserError
from carrel.retrievers.selection import checked_query, provenance, with_scores
from carrel.settings import BackendName

Scores = NDArray[np.float32]
Score = Callable[[str, Sequence[str]], Scores]
"""Maps (query, texts) to a score of every text, minus infinity for one without a word."""


class _Reranker:
    """What both rerankers do: load a model once, ask it for a score of every passage, and order by the scores."""

    def __init__(
        self,
        model: str | Path,
        *,
        top_k: int = 10,
        retrieval_weight: float = 0.0,
        threads: int = 0,
        backend: BackendName = "default",
        device: str | None = None,
    ) -> None:
        """Keep the settings; the order goes by the model's score plus `retrieval_weight` times the retriever's."""
        self.model = str(model)
        self.top_k = top_k
        self.retrieval_weight = retrieval_weight
        self.threads = threads
        self.backend: BackendName = backend
        self.device = device
        self._score: Score | None = None

    def to_dict(self) -> dict[str, Any]:
        names = ("model", "top_k", "retrieval_weight", "threads", "backend", "device")
        described: dict[str, Any] = default_to_dict(self, **{name: getattr(self, name) for name in names})
        return described

    def warm_up(self) -> None:
        """Load the model; models of one name are loaded once per process."""
        if self._score is None:
            self._score = self._loaded()

    @component.output_types(documents=list[Document], seconds=float)
    def run(self, query: str, documents: list[Document], top_k: int | None = None) -> dict[str, Any]:
        """Return the best `documents`, best first, and the `seconds` it took."""
        self.warm_up()
        assert self._score is not None  # noqa: S101  (what warm_up has just done, said to the type checker)
        began = perf_counter()
        scores = self._score(checked_query(query), [document.content or "" for document in documents])
        ordered = reordered(documents, scores, retrieval_weight=self.retrieval_weight)
        return {"documents": ordered[: _count(top_k, self.top_k)], "seconds": perf_counter() - began}

    def _loaded(self) -> Score:
        raise NotImplementedError


@component
class PairReranker(_Reranker):
    """Orders passages by a pair scorer: a local folder, or a hub model such as cross-encoder/ms-marco-MiniLM-L6-v2."""

    def _loaded(self) -> Score:
        from carrel.models.pair_scorer import load_pair_scorer

        return load_pair_scorer(self.model, threads=self.threads, backend=self.backend, device=self.device).score


@component
class ReaderReranker(_Reranker):
    """Orders passages by the log-odds of their best span against "no answer"."""

    def __init__(
        self,
        model: str | Path = "carrel-reader",
        *,
        top_k: int = 10,
        retrieval_weight: float = 0.0,
        threads: int = 0,
        backend: BackendName = "default",
        device: str | None = None,
    ) -> None:
        """Keep the settings, as for `PairReranker`; a reader that runs anyway is not loaded again."""
        # Haystack's decorator makes a new class of this one, which super() would not know.
        _Reranker.__init__(
            self, model, top_k=top_k, retrieval_weight=retrieval_weight, threads=threads, backend=backend, device=device
        )

    def _loaded(self) -> Score:
        from carrel.models.span_reader import load_span_model

        reader = load_span_model(self.model, threads=self.threads, backend=self.backend, device=self.device)

        def score(query: str, texts: Sequence[str]) -> Scores:
            found = reader.read(query, texts, count=1)
            return np.array([spans[0].score if spans else -np.inf for spans in found], dtype=np.float32)

        return score


def reordered(
    documents: Sequence[Document], scores: Sequence[float] | Scores, *, retrieval_weight: float = 0.0
) -> list[Document]:
    """Return the passages by score plus weighted retrieval score, ties by id; texts without a word are left out."""
    scored = []
    for document, score in zip(documents, scores, strict=True):
        if np.isneginf(score):
            continue
        total = float(score) + retrieval_weight * (document.score or 0.0)
        scored.append(with_scores(document, total, {**provenance(document).scores, "rerank": total}))
    return sorted(scored, key=lambda document: (-(document.score or 0.0), document.id))


def _count(wanted: int | None, default: int) -> int:
    count = default if wanted is None else wanted
    if count < 1:
        raise UserError(f"top_k must be at least 1, not {count}")
    return count
