"""What the platform returns, beside the nouns of `carrel.types`: search results, status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from carrel._haystack import Document
from carrel.records.job import Job
from carrel.retrievers.selection import provenance
from carrel.stores.facets import Facet
from carrel.types import PROVENANCE_KEY, Hit, SourceRecord, Span, Why


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of the hits of a query, best first.

    `notes` says what a user should know of them (a part-embedded collection). `facets` holds the counts by field that
    were asked for, over all passages that match. `next` is the cursor to the next page, None after the last.
    """

    query: str
    mode: str
    hits: tuple[Hit, ...]
    seconds: float
    notes: tuple[str, ...] = ()
    facets: Mapping[str, Facet] = field(default_factory=dict)
    next: str | None = None

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)

    def __getitem__(self, index: int) -> Hit:
        return self.hits[index]


@dataclass(frozen=True, slots=True)
class FailedSource:
    """A source that could not be indexed: `error` is the kind of failure, `reason` the sentence for a person.

    It failed at `stage`, for the last of `attempts` times in a row at `updated`, in seconds since the epoch.
    """

    source: str
    error: str
    reason: str
    stage: str | None
    attempts: int
    updated: float

    @classmethod
    def of(cls, record: SourceRecord) -> FailedSource:
        return cls(
            record.uri,
            record.error or "failed",
            record.reason or "",
            record.stage,
            record.attempts,
            record.updated,
        )


@dataclass(frozen=True, slots=True)
class Status:
    """What a collection holds: sources by state, passages, the models in use, sizes in bytes.

    `searchable` counts the passages in the text index, `vectors` those with a vector of the encoder in use; `jobs` are
    those of this collection that wait or run.
    """

    collection: str
    sources: Mapping[str, int]
    passages: int
    searchable: int
    vectors: int
    revision: int
    models: Mapping[str, str]
    sizes: Mapping[str, int]
    failed: tuple[FailedSource, ...]
    jobs: tuple[Job, ...] = ()


def hits_of(
    documents: Sequence[Document], *, first_rank: int = 1, whys: Sequence[Why] | None = None
) -> tuple[Hit, ...]:
    """Turn retrieved passages into hits, ranked from `first_rank`, with the reasons given."""
    reasons: Sequence[Why | None] = whys or [None] * len(documents)
    return tuple(
        _hit(rank, document, why)
        for rank, (document, why) in enumerate(zip(documents, reasons, strict=True), start=first_rank)
    )


def _hit(rank: int, document: Document, why: Why | None) -> Hit:
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
        why=why,
    )
