"""A collection's passages held in memory, for making questions out of them and for ranking them exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carrel.indexing.sentences import sentence_starts
from carrel.platform.platform import Platform
from carrel.retrievers.selection import provenance
from carrel.training.made_questions import Text
from carrel.types import Provenance, Span, embedding_text

LIMIT = 20_000
"""Passages taken of a larger collection: the first ones."""


@dataclass(frozen=True, slots=True)
class CollectionPassages:
    """The passages that have a word in them, in the order of writing; all three have one entry each for a passage."""

    texts: tuple[Text, ...]
    places: tuple[Provenance, ...]
    embedded: tuple[str, ...]

    def rows_by_source(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        for row, place in enumerate(self.places):
            rows.setdefault(place.source, []).append(row)
        return rows

    def rows_of(self, desk: Platform, filters: Mapping[str, Any] | None) -> tuple[int, ...] | None:
        """Return the rows that a filter chooses; None for no filter."""
        if filters is None:
            return None
        ids = {document.id for document in desk.store.filter_documents(dict(filters))}
        return tuple(row for row, text in enumerate(self.texts) if text.id in ids)


def collection_passages(desk: Platform, limit: int = LIMIT) -> CollectionPassages:
    """Read the collection's passages, up to the limit."""
    texts, places, embedded = [], [], []
    for document in desk.store.iterate():
        content = document.content or ""
        if not content.strip():
            continue
        place = provenance(document)
        headings = tuple(part for part in dict.fromkeys((place.title, *place.headings)) if part)
        texts.append(Text(document.id, place.source, headings, content))
        places.append(place)
        embedded.append(embedding_text(place.title, place.headings, content))
        if len(texts) == limit:
            break
    return CollectionPassages(tuple(texts), tuple(places), tuple(embedded))


def sentence_spans(text: str) -> Sequence[Span]:
    """Return the spans of a text's sentences."""
    starts = sentence_starts(text)
    return [Span(start, end) for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
