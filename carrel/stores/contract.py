"""What every Carrel store promises: Haystack's document store protocol, and what retrieval and indexing need beyond it.

`carrel.testing` holds the suite that a store has to pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from carrel._haystack import Document, DuplicatePolicy
from carrel.stores.facets import Facet
from carrel.stores.query import Query
from carrel.types import CanonicalText, MatchedTerm, RankedPassage, SourceInfo, SourceRecord, SourceState, SourceVersion

Filters = Mapping[str, Any]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write to a collection: `token` grows with every lease, and a write with an older one is refused."""

    holder: str
    token: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a collection one encoder has embedded, in passages."""

    fingerprint: str
    vectors: int
    passages: int

    @property
    def complete(self) -> bool:
        return self.vectors >= self.passages


class Reading(Protocol):
    """One revision of a store: a search in several steps sees no change in between, and reads only what it returns."""

    def bm25(self, query: str | Query, *, top_k: int, filters: Filters | None = None) -> list[RankedPassage]:
        """Rank as `PassageStore.bm25_search`."""
        ...

    def vector(
        self,
        vector: Vectors,
        *,
        fingerprint: str,
        top_k: int,
        filters: Filters | None = None,
        matching: Query | None = None,
    ) -> list[RankedPassage]:
        """Rank as `PassageStore.vector_search`."""
        ...

    def documents(self, chosen: Sequence[RankedPassage]) -> list[Document]:
        """Return passages of rankings made here, in this order, with their scores and ranks."""
        ...


@runtime_checkable
class PassageStore(Protocol):
    """A store of sources, versions, passages and vectors. All methods may be called from several threads."""

    collection: str

    # Haystack's protocol

    def to_dict(self) -> dict[str, Any]: ...

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PassageStore: ...

    def count_documents(self) -> int: ...

    def filter_documents(self, filters: dict[str, Any] | None = None) -> list[Document]: ...

    def write_documents(self, documents: list[Document], policy: DuplicatePolicy = DuplicatePolicy.NONE) -> int: ...

    def delete_documents(self, document_ids: list[str]) -> None: ...

    # Searching

    def reading(self) -> AbstractContextManager[Reading]:
        """Hold the newest searchable revision for a search in several steps; leave it soon."""
        ...

    def bm25_search(self, query: str | Query, *, top_k: int = 10, filters: Filters | None = None) -> list[Document]:
        """Return the `top_k` passages of the filtered set by BM25, best first, ties by id.

        A string is plain words; `carrel.stores.query` says what a `Query` matches. `Document.score` is the BM25 score
        and `meta["carrel"]` a complete `Provenance` with `scores["bm25"]` and `ranks["bm25"]`, from 1; the embedding is
        not returned. A query without any searchable word returns nothing; one that only chooses passages gives each
        the score 0.
        """
        ...

    def vector_search(
        self,
        vector: Vectors,
        *,
        fingerprint: str,
        top_k: int = 10,
        filters: Filters | None = None,
        matching: Query | None = None,
    ) -> list[Document]:
        """Return the `top_k` passages of the filtered set by cosine with `vector` (shape (d,), unit length).

        As `bm25_search`, with `scores["cosine"]` and `ranks["dense"]`; `matching` narrows the set to what a query
        matches.

        Raises:
            FingerprintMismatchError: the collection holds vectors of other encoders only.
        """
        ...

    def facets(
        self,
        fields: Sequence[str],
        *,
        query: str | Query | None = None,
        filters: Filters | None = None,
        top: int = 10,
    ) -> dict[str, Facet]:
        """Return how often each value of these fields occurs among the passages that match, exactly.

        Without a query all passages of the filtered set are counted. `top` limits the values that are listed.

        Raises:
            FilterError: the filter is malformed, or passages cannot be counted by a field.
        """
        ...

    def matched_terms(self, query: str | Query, documents: Sequence[Document]) -> list[tuple[MatchedTerm, ...]]:
        """Return for each of these passages, as a search returned them, which parts of the query it holds."""
        ...

    def get(self, ids: Sequence[str]) -> list[Document]:
        """Return the visible passages with these ids, in this order; unknown ids are left out."""
        ...

    def iterate(self, filters: Filters | None = None, *, page_size: int = 1000) -> Iterator[Document]:
        """Yield every visible passage once, in the order of writing, reading `page_size` at a time."""
        ...

    def count_by_filter(self, filters: Filters) -> int: ...

    # Sources and versions

    def write_sources(self, batch: Sequence[SourceVersion], *, lease: Lease | None = None) -> None:
        """Write these versions completely, then switch their sources to them, in one revision.

        A source whose text, spans and metadata did not change keeps its passages. It is `indexed` once its passages
        were counted in the text index. Without a lease, one is taken for the call.

        Raises:
            LeaseError: another job holds the collection, or the given lease is no longer the newest.
        """
        ...

    def announce_sources(self, given: Sequence[SourceInfo], *, lease: Lease | None = None) -> None:
        """Put sources into the ledger as pending, where it does not know them."""
        ...

    def set_source_state(
        self,
        source: SourceInfo,
        state: SourceState,
        *,
        stage: str | None = None,
        error: str | None = None,
        reason: str | None = None,
        lease: Lease | None = None,
    ) -> None:
        """Record where a source stands; a failed source keeps the version that was searchable before.

        `error` is the kind of failure in a few fixed words, `reason` the sentence for a person.
        """
        ...

    def delete_sources(self, uris: Sequence[str], *, purge: bool = False, lease: Lease | None = None) -> int:
        """Delete sources with everything that belongs to them; returns how many there were.

        With `purge` the texts are removed from the truth at once, versions that labels refer to included.
        """
        ...

    def sources(self, *, root: str | None = None, state: SourceState | None = None) -> Iterator[SourceRecord]:
        """Yield the ledger's sources in the order of their URIs."""
        ...

    def source(self, uri: str) -> SourceRecord | None: ...

    def version_text(self, uri: str, version: str | None = None) -> CanonicalText:
        """Return the canonical text of a source's version (the current one by default).

        Raises:
            UnknownSourceError: there is no such source or version.
        """
        ...

    # Vectors

    def missing_vectors(self, fingerprint: str, *, limit: int = 1000) -> list[tuple[str, str]]:
        """Return up to `limit` distinct (text hash, embedding text) pairs of visible passages without a vector."""
        ...

    def write_vectors(
        self, fingerprint: str, hashes: Sequence[str], vectors: Vectors, *, lease: Lease | None = None
    ) -> None:
        """Store unit vectors, shape (len(hashes), d), for these text hashes."""
        ...

    def coverage(self) -> list[Coverage]:
        """Return the coverage of every encoder that has vectors here."""
        ...

    # Life cycle

    @property
    def revision(self) -> int:
        """The revision that a search would see now; it grows with every visible change."""
        ...

    def lease(self, holder: str, *, seconds: float = 60.0, wait: float = 0.0) -> AbstractContextManager[Lease]:
        """Hold the right to write; it is renewed in the background until the block is left.

        Raises:
            LeaseError: another holder has it and did not let go within `wait` seconds; the message names it.
        """
        ...

    def set_metadata(self, ids: Iterable[str], meta: Mapping[str, Any], *, lease: Lease | None = None) -> int:
        """Set metadata fields on passages (None removes a field); ids and vectors stay as they are."""
        ...

    def statistics(self) -> dict[str, Any]:
        """Return sizes in bytes (`sql`, `text`, `vectors`) and counts.

        These are `passages`, `searchable` (those in the text index: the same, unless something is being repaired) and
        `sources` by state.
        """
        ...

    def close(self) -> None: ...
