"""Which stage lost the evidence: where the passages with a gold span went, when none of those read is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from carrel._haystack import Document
from carrel.eval import blame
from carrel.eval.corpus import Home
from carrel.eval.desk import Desk, Mode, ranking_score
from carrel.eval.questions import OpenQuestion
from carrel.types import PROVENANCE_KEY, Hit, Provenance, Span

_NOT_RETRIEVED: Mapping[str, str] = {
    "bm25": blame.NOT_BY_BM25,
    "dense": blame.NOT_BY_DENSE,
    "hybrid": blame.NOT_BY_EITHER,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The gold passages of a question, and the class of the first stage that lost them (None: one was read).

    `passages` are those of the collection with a whole gold span; where it has none, the annotated texts stand in for
    them. `ranks` holds the best of their places in each retriever's candidates, counted from 1, where that was looked
    up. `replaced` are the passages read that would not be there if the stage had done its work: pieces of what was
    cut, and what a faulty conversion gave.
    """

    passages: tuple[Document, ...]
    lost_by: str | None
    ranks: Mapping[str, int | None] = field(default_factory=dict)
    replaced: frozenset[str] = frozenset()


class EvidenceTracer:
    """Follows the gold passages of questions through the stages of one desk."""

    def __init__(self, desk: Desk, homes: Mapping[str, Home], *, read: int) -> None:
        self._desk = desk
        self._homes = homes
        self._read = read
        self._passages = lru_cache(maxsize=20_000)(self._holding)
        self.text = lru_cache(maxsize=64)(lambda source: desk.store.version_text(source).text)

    def trace(self, question: OpenQuestion, hits: Sequence[Hit]) -> Evidence:
        """Find the gold passages and, when no hit is one of them, the first stage that lost them."""
        if not any(context.well_placed for context in question.contexts):
            return Evidence((), blame.MISLABELLED)
        gold = {document.id: document for span in self.spans(question) for document in self._passages(*span)}
        if not gold:
            return self._lost_before_search(question, hits)
        return self._followed(question, gold, hits)

    def spans(self, question: OpenQuestion) -> list[tuple[str, Span]]:
        """Return the gold spans that the collection holds, each with its source."""
        return [
            (source, Span(offset + answer.start, offset + answer.end))
            for context in question.contexts
            if context.well_placed
            for source in self._homes[context.text].sources
            for offset in [self.text(source).find(context.text)]
            for answer in context.well_placed
        ]

    def _followed(self, question: OpenQuestion, gold: dict[str, Document], hits: Sequence[Hit]) -> Evidence:
        if any(hit.id in gold for hit in hits):
            return Evidence(tuple(gold.values()), None)
        if question.filters:
            allowed = _and(question.filters, {"field": "id", "operator": "in", "value": list(gold)})
            found = self._desk.store.filter_documents(allowed)
            if not found:
                return Evidence(tuple(gold.values()), blame.FILTERED)
            gold = {document.id: document for document in found}
        ranks = self._ranks(question, gold)
        return Evidence(tuple(gold.values()), self._lost_in_search(ranks), ranks)

    def _lost_before_search(self, question: OpenQuestion, hits: Sequence[Hit]) -> Evidence:
        documents = _annotated(question)
        if cut := self.spans(question):
            pieces = frozenset(hit.id for hit in hits if any(_overlaps(hit, *span) for span in cut))
            return Evidence(documents, blame.SPLIT, replaced=pieces)
        garbled = {source for context in question.contexts for source in self._homes[context.text].garbled}
        if garbled:
            return Evidence(documents, blame.CONVERTED, replaced=frozenset(h.id for h in hits if h.source in garbled))
        return Evidence(documents, blame.SOURCE_MISSING)

    def _lost_in_search(self, ranks: Mapping[str, int | None]) -> str:
        retrieved = [rank for rank in ranks.values() if rank is not None]
        mode = self._desk.settings.search.mode
        if not retrieved:
            return _NOT_RETRIEVED[mode]
        return blame.FUSED if mode == "hybrid" and min(retrieved) <= self._read else blame.BELOW

    def _ranks(self, question: OpenQuestion, gold: Mapping[str, Document]) -> dict[str, int | None]:
        search = self._desk.settings.search
        modes: tuple[Mode, ...] = ("bm25", "dense") if search.mode == "hybrid" else (search.mode,)
        depth = max(search.candidates, self._read)
        ranks: dict[str, int | None] = {}
        for mode in modes:
            found = self._desk.search(question.text, mode=mode, top_k=depth, filters=question.filters, plain=True).hits
            ranks[mode] = next((hit.rank for hit in found if hit.id in gold), None)
        return ranks

    def _holding(self, source: str, span: Span) -> tuple[Document, ...]:
        """Return the passages of a source that hold a whole span."""
        conditions: list[dict[str, Any]] = [
            {"field": "source", "operator": "==", "value": source},
            {"field": "start", "operator": "<=", "value": span.start},
            {"field": "end", "operator": ">=", "value": span.end},
        ]
        return tuple(self._desk.store.filter_documents({"operator": "AND", "conditions": conditions}))


def with_evidence(desk: Desk, hits: Sequence[Hit], evidence: Evidence, read: int) -> list[Document]:
    """Return what the reader would have been given with the best gold passage found first, `read` passages in all."""
    documents = scored_documents(desk, hits)
    first = scored_like(evidence.passages[:1], documents)
    others = [document for document in documents if document.id not in {first[0].id, *evidence.replaced}]
    return [*first, *others][:read]


def scored_documents(desk: Desk, hits: Sequence[Hit]) -> list[Document]:
    """Return the passages of hits as the retriever gave them, scores and all."""
    by_id = {hit.id: hit for hit in hits}
    return [_scored(document, by_id[document.id].scores) for document in desk.store.get(list(by_id))]


def scored_like(documents: Sequence[Document], retrieved: Sequence[Document]) -> list[Document]:
    """Return the passages with the scores of the best one that was retrieved, as if they had been found first."""
    block = Provenance.from_meta(retrieved[0].meta) if retrieved else None
    return [_scored(document, block.scores if block else {}) for document in documents]


def _scored(document: Document, scores: Mapping[str, float]) -> Document:
    block = document.meta.get(PROVENANCE_KEY)
    meta = {**document.meta, PROVENANCE_KEY: {**block, "scores": dict(scores)}} if block else document.meta
    return replace(document, score=ranking_score(scores), meta=meta)


def _overlaps(hit: Hit, source: str, span: Span) -> bool:
    return hit.source == source and hit.span.start < span.end and span.start < hit.span.end


def _annotated(question: OpenQuestion) -> tuple[Document, ...]:
    return tuple(Document(content=context.text) for context in question.contexts if context.well_placed)


def _and(*conditions: Mapping[str, Any]) -> dict[str, Any]:
    return {"operator": "AND", "conditions": [dict(condition) for condition in conditions]}
