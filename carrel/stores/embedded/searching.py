"""Searching a collection: by words, by vector, and what is counted and explained beside the hits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection

from carrel._haystack import Document
from carrel.stores.contract import Filters, Vectors
from carrel.stores.embedded.bm25 import Ranking, bm25_candidates, bm25_matches
from carrel.stores.embedded.collection import Collection, Snapshot
from carrel.stores.embedded.documents import passage_ids, read_hits
from carrel.stores.embedded.facet_counts import facet_counts
from carrel.stores.embedded.matched_terms import matched_terms
from carrel.stores.embedded.selection import Selection
from carrel.stores.embedded.text_index import FieldBoosts
from carrel.stores.embedded.vector_rows import check_unit
from carrel.stores.facets import Facet
from carrel.stores.query import Query
from carrel.types import MatchedTerm


class SearchMethods:
    """The part of a passage store that finds passages; every call reads one revision."""

    boosts: FieldBoosts

    if TYPE_CHECKING:

        def _open(self) -> Collection: ...

    def bm25_search(self, query: str | Query, *, top_k: int = 10, filters: Filters | None = None) -> list[Document]:
        with self._open().snapshot() as snapshot:
            allowed = snapshot.allowed(filters)
            ranking = bm25_candidates(snapshot.text, _parsed(query), top_k, allowed=allowed, boosts=self.boosts)
            return read_hits(snapshot.connection, _best(snapshot.connection, ranking, top_k), "bm25")

    def vector_search(
        self,
        vector: Vectors,
        *,
        fingerprint: str,
        top_k: int = 10,
        filters: Filters | None = None,
        matching: Query | None = None,
    ) -> list[Document]:
        [checked] = check_unit(np.atleast_2d(vector), rows=1)
        collection = self._open()
        with collection.snapshot() as snapshot:
            connection, revision = snapshot.connection, snapshot.revision
            selection = self._selected(snapshot, matching, filters)
            index = collection.vectors.index(connection, fingerprint, revision)
            if index is None or top_k <= 0:
                return []
            ranking = index.search(connection, checked, top_k, revision=revision, selection=selection)
            return read_hits(connection, _best(connection, ranking, top_k), "cosine")

    def facets(
        self,
        fields: Sequence[str],
        *,
        query: str | Query | None = None,
        filters: Filters | None = None,
        top: int = 10,
    ) -> dict[str, Facet]:
        collection = self._open()
        with collection.snapshot() as snapshot:
            selection = self._selected(snapshot, None if query is None else _parsed(query), filters)
            keys = None if selection is None else selection.keys
            connection, revision = snapshot.connection, snapshot.revision
            return facet_counts(connection, collection.columns, fields, revision, keys=keys, top=top)

    def matched_terms(self, query: str | Query, documents: Sequence[Document]) -> list[tuple[MatchedTerm, ...]]:
        view = self._open().text.view()
        return matched_terms(view.index, view.searcher, _parsed(query), documents)

    def _selected(self, snapshot: Snapshot, query: Query | None, filters: Filters | None) -> Selection | None:
        """Return the passages that a query matches and a filter allows; None for all."""
        if query is None:
            return snapshot.selection(filters)
        allowed = snapshot.allowed(filters)
        return Selection(bm25_matches(snapshot.text, query, allowed=allowed, boosts=self.boosts))


def _parsed(query: str | Query) -> Query:
    return Query.of_words(query) if isinstance(query, str) else query


def _best(connection: Connection, ranking: Ranking, top_k: int) -> dict[int, float]:
    """Return the scores of the first `top_k` passages, ties by id."""
    if len(ranking) > top_k:
        ids = passage_ids(connection, [key for _, key in ranking])
        ranking = sorted(ranking, key=lambda hit: (-hit[0], ids[hit[1]]))[:top_k]
    return {key: score for score, key in ranking}
