"""Searching a collection: by words, by vector, and what is counted and explained beside the hits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from carrel._haystack import Document
from carrel.stores.contract import Filters, Vectors
from carrel.stores.embedded.bm25 import Ranking, bm25_candidates, bm25_matches
from carrel.stores.embedded.collection import Collection, Snapshot
from carrel.stores.embedded.documents import passage_names, read_hits
from carrel.stores.embedded.facet_counts import facet_counts
from carrel.stores.embedded.matched_terms import matched_terms
from carrel.stores.embedded.selection import Selection
from carrel.stores.embedded.text_index import FieldBoosts
from carrel.stores.embedded.vector_rows import check_unit
from carrel.stores.facets import Facet
from carrel.stores.query import Query
from carrel.types import MatchedTerm, RankedPassage


class EmbeddedReading:
    """One revision of an opened collection (`carrel.stores.contract.Reading`)."""

    def __init__(self, collection: Collection, snapshot: Snapshot, boosts: FieldBoosts) -> None:
        self._collection = collection
        self._snapshot = snapshot
        self._boosts = boosts
        self._keys: dict[str, int] = {}

    def bm25(self, query: str | Query, *, top_k: int, filters: Filters | None = None) -> list[RankedPassage]:
        allowed = self._snapshot.allowed(filters)
        found = bm25_candidates(self._snapshot.text, _parsed(query), top_k, allowed=allowed, boosts=self._boosts)
        return self._ranked(found, top_k, score="bm25", rank="bm25")

    def vector(
        self,
        vector: Vectors,
        *,
        fingerprint: str,
        top_k: int,
        filters: Filters | None = None,
        matching: Query | None = None,
    ) -> list[RankedPassage]:
        [checked] = check_unit(np.atleast_2d(vector), rows=1)
        connection, revision = self._snapshot.connection, self._snapshot.revision
        selection = self._selected(matching, filters)
        index = self._collection.vectors.index(connection, fingerprint, revision)
        if index is None or top_k <= 0:
            return []
        found = index.search(connection, checked, top_k, revision=revision, selection=selection)
        return self._ranked(found, top_k, score="cosine", rank="dense")

    def documents(self, chosen: Sequence[RankedPassage]) -> list[Document]:
        return read_hits(self._snapshot.connection, {self._keys[passage.id]: passage for passage in chosen})

    def facets(
        self, fields: Sequence[str], *, query: str | Query | None, filters: Filters | None, top: int
    ) -> dict[str, Facet]:
        """Count as `PassageStore.facets`."""
        selection = self._selected(None if query is None else _parsed(query), filters)
        keys = None if selection is None else selection.keys
        connection, revision = self._snapshot.connection, self._snapshot.revision
        return facet_counts(connection, self._collection.columns, fields, revision, keys=keys, top=top)

    def _selected(self, query: Query | None, filters: Filters | None) -> Selection | None:
        """Return the passages that a query matches and a filter allows; None for all."""
        if query is None:
            return self._snapshot.selection(filters)
        allowed = self._snapshot.allowed(filters)
        return Selection(bm25_matches(self._snapshot.text, query, allowed=allowed, boosts=self._boosts))

    def _ranked(self, ranking: Ranking, top_k: int, *, score: str, rank: str) -> list[RankedPassage]:
        """Return the first `top_k`, ties by id."""
        names = passage_names(self._snapshot.connection, [key for _, key in ranking])
        best = sorted(ranking, key=lambda hit: (-hit[0], names[hit[1]].id))[:top_k]
        self._keys.update((names[key].id, key) for _, key in best)
        return [
            RankedPassage(names[key].id, names[key].uri, value, {score: value}, {rank: place})
            for place, (value, key) in enumerate(best, start=1)
        ]


class SearchMethods:
    """The part of a passage store that finds passages; every call reads one revision."""

    boosts: FieldBoosts

    if TYPE_CHECKING:

        def _open(self) -> Collection: ...

    @contextmanager
    def reading(self) -> Iterator[EmbeddedReading]:
        collection = self._open()
        with collection.snapshot() as snapshot:
            yield EmbeddedReading(collection, snapshot, self.boosts)

    def bm25_search(self, query: str | Query, *, top_k: int = 10, filters: Filters | None = None) -> list[Document]:
        with self.reading() as reading:
            return reading.documents(reading.bm25(query, top_k=top_k, filters=filters))

    def vector_search(
        self,
        vector: Vectors,
        *,
        fingerprint: str,
        top_k: int = 10,
        filters: Filters | None = None,
        matching: Query | None = None,
    ) -> list[Document]:
        with self.reading() as reading:
            found = reading.vector(vector, fingerprint=fingerprint, top_k=top_k, filters=filters, matching=matching)
            return reading.documents(found)

    def facets(
        self,
        fields: Sequence[str],
        *,
        query: str | Query | None = None,
        filters: Filters | None = None,
        top: int = 10,
    ) -> dict[str, Facet]:
        with self.reading() as reading:
            return reading.facets(fields, query=query, filters=filters, top=top)

    def matched_terms(self, query: str | Query, documents: Sequence[Document]) -> list[tuple[MatchedTerm, ...]]:
        view = self._open().text.view()
        return matched_terms(view.index, view.searcher, _parsed(query), documents)


def _parsed(query: str | Query) -> Query:
    return Query.of_words(query) if isinstance(query, str) else query
