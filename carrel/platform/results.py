"""What the platform returns, beside the nouns of `carrel.types`: search results, status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from carrel._haystack import Document
from carrel.retrievers.selection import provenance
from carrel.types import PROVENANCE_KEY, Hit, Span


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The hits of a query, best first; `notes` says what a user should know of them (a part-embedded collection)."""

    query: str
    mode: str
    hits: tuple[Hit, ...]
    seconds: float
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)

    def __getitem__(self, index: int) -> Hit:
        return self.hits[index]


@dataclass(frozen=True, slots=True)
class FailedSource:
    """A source that could not be indexed: `error` is the kind of failure, `reason` the sentence for a person."""

    source: str
    error: str
    reason: str


@dataclass(frozen=True, slots=True)
class Status:
    """What a collection holds: sources by state, passages, those with a vector, the models in use, sizes in bytes."""

    collection: str
    sources: Mapping[str, int]
    passages: int
    vectors: int
    revision: int
    models: Mapping[str, str]
    sizes: Mapping[str, int]
    failed: tuple[FailedSource, ...]


def hits_of(documents: Sequence[Document]) -> tuple[Hit, ...]:
    """Turn retrieved passages into hits, ranked from 1."""
    return tuple(_hit(rank, document) for rank, document in enumerate(documents, start=1))


def _hit(rank: int, document: Document) -> Hit:
    place = provenance(document)
    return Hit(
        rank=rank,
        id=document.id,
        source=place.source,
        title=place.title,
        text=document.content or "",
        span=Span(place.start, place.end),
        page=place.page,
        scores=dict(place.scores),
        meta={key: value for key, value in document.meta.items() if key != PROVENANCE_KEY},
    )
