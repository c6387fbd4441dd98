"""The vectors of one encoder, ready to be searched: immutable segments, and a tail that reads on from the database.

Both are FAISS indexes whose positions stand for passages. What a revision shows, and what a filter allows, is a mask
over positions, so nothing is ever deleted from a segment.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, select

from carrel.stores.contract import Vectors
from carrel.stores.embedded.database import json_list, one_of
from carrel.stores.embedded.schema import collection, embedded, passages, vectors
from carrel.stores.embedded.selection import Keys

Mask = NDArray[np.bool_]
Candidates = list[tuple[float, int]]

_NEVER = np.iinfo(np.int64).max
PURGED = 0
"""Removed before the first revision: the passage is gone from the database."""
_MARGIN = 16
_MOST_TIES = 10_000
_ROUNDING = 1e-5
_READ_PAGE = 4096


@dataclass(slots=True)
class Part:
    """A FAISS index by inner product with, for each position, the passage and when it was added and removed."""

    index: Any
    keys: Keys
    added: Keys
    last_sequence: int
    name: str = ""
    removed: Keys = field(init=False)

    def __post_init__(self) -> None:
        self.removed = np.full(len(self.keys), _NEVER, dtype=np.int64)

    def mask(self, revision: int, allowed: Keys | None) -> Mask:
        """Return which positions a revision shows and a filter allows."""
        shown: Mask = (self.added <= revision) & (self.removed > revision)
        return shown if allowed is None else shown & np.isin(self.keys, allowed)

    def search(self, vector: Vectors, top_k: int, mask: Mask) -> Candidates:
        """Return the `top_k` best (cosine, passage key) under the mask, and whatever nearly ties with the last."""
        available = int(mask.sum())
        limit = min(top_k + _MARGIN, available)
        if not limit:
            return []
        parameters = None if available == len(mask) else _only(mask)
        while True:
            scores, places = self.index.search(vector[None, :], limit, params=parameters)
            found = places[0] >= 0
            hits = list(zip(scores[0][found].tolist(), self.keys[places[0][found]].tolist(), strict=True))
            if limit >= min(available, _MOST_TIES) or _falls(hits, top_k):
                return hits
            limit = min(limit * 4, available)

    def extend(self, rows: Sequence[Any], dimension: int) -> None:
        """Add log rows at the end."""
        matrix = np.frombuffer(b"".join(row.vector for row in rows), dtype=np.float32).reshape(-1, dimension)
        self.index.add(matrix)
        self.keys = np.append(self.keys, np.array([row.passage for row in rows], dtype=np.int64))
        self.added = np.append(self.added, np.array([row.added for row in rows], dtype=np.int64))
        removed = [_NEVER if row.removed is None else row.removed for row in rows]
        self.removed = np.append(self.removed, np.array(removed, dtype=np.int64))
        self.last_sequence = rows[-1].sequence


def empty_part(dimension: int, last_sequence: int) -> Part:
    """Return a part without vectors, which reads on after `last_sequence`."""
    import faiss

    nothing = np.empty(0, dtype=np.int64)
    return Part(faiss.IndexFlatIP(dimension), nothing, nothing, last_sequence)


class VectorIndex:
    """All vectors of one encoder; `segments` come from files, the tail from the database."""

    def __init__(self, encoder: int, dimension: int, segments: list[Part], *, purges: int | None = None) -> None:
        """Begin with segments that were written after `purges` purges of the database."""
        self.encoder = encoder
        self.dimension = dimension
        self.segments = segments
        self.tail = empty_part(dimension, segments[-1].last_sequence if segments else 0)
        self._lock = threading.Lock()
        self._purges = purges
        self._removals_seen = 0
        self._refreshed = -1

    def refresh(self, connection: Connection, revision: int) -> None:
        """Read on: new vectors, and passages removed since the last time."""
        with self._lock:
            if self._refreshed == revision:
                return
            for rows in _log(connection, self.encoder, self.tail.last_sequence):
                self.tail.extend(rows, self.dimension)
            self._mark_removed(connection)
            self._refreshed = revision

    def search(
        self, connection: Connection, vector: Vectors, top_k: int, *, revision: int, allowed: Keys | None
    ) -> Candidates:
        """Return the best (cosine, passage key), computed anew from the database, with all ties at the cut."""
        with self._lock:
            hits = [hit for part in self._parts() for hit in part.search(vector, top_k, part.mask(revision, allowed))]
        hits.sort(key=lambda hit: -hit[0])
        if len(hits) > top_k:
            least = hits[top_k - 1][0] - _ROUNDING
            hits = [hit for hit in hits if hit[0] >= least]
        return _exact(connection, self.encoder, [key for _, key in hits], vector)

    def replace(self, segments: list[Part]) -> None:
        """Take segments that hold what segments and tail held."""
        with self._lock:
            self.segments = segments
            self.tail = empty_part(self.dimension, segments[-1].last_sequence)
            self._removals_seen = 0
            self._refreshed = -1

    @property
    def purges(self) -> int:
        """How many purges of the database the parts have seen."""
        return self._purges or 0

    def _parts(self) -> Iterable[Part]:
        return (*self.segments, self.tail)

    def _mark_removed(self, connection: Connection) -> None:
        """Carry removals over; after a purge the removed rows are gone, and what the log still holds counts."""
        row = connection.execute(select(collection.c.revision, collection.c.purges)).one()
        if self._purges not in {None, row.purges}:
            self._forget_purged(connection)
        self._purges = row.purges
        query = select(passages.c.key, passages.c.removed).where(passages.c.removed > self._removals_seen)
        removed = connection.execute(query).all()
        if removed:
            keys = np.array([entry.key for entry in removed], dtype=np.int64)
            order = np.argsort(keys)
            revisions = np.array([entry.removed for entry in removed], dtype=np.int64)[order]
            for part in self._parts():
                _stamp(part, keys[order], revisions)
        self._removals_seen = row.revision

    def _forget_purged(self, connection: Connection) -> None:
        query = select(embedded.c.passage).where(embedded.c.encoder == self.encoder)
        present = np.fromiter(connection.execute(query).scalars(), dtype=np.int64)
        for part in self._parts():
            part.removed[~np.isin(part.keys, present)] = PURGED


def _stamp(part: Part, keys: Keys, revisions: Keys) -> None:
    """Set the revision at which passages were removed; `keys` ascend."""
    if not len(part.keys):
        return
    places = np.minimum(np.searchsorted(keys, part.keys), len(keys) - 1)
    hit = keys[places] == part.keys
    part.removed[hit] = revisions[places[hit]]


def _log(connection: Connection, encoder: int, after: int) -> Iterator[Sequence[Any]]:
    """Yield the log of an encoder's vectors after a sequence number, in pages."""
    query = (
        select(embedded.c.sequence, embedded.c.passage, vectors.c.vector, passages.c.added, passages.c.removed)
        .join(vectors, vectors.c.key == embedded.c.vector)
        .join(passages, passages.c.key == embedded.c.passage)
        .where(embedded.c.encoder == encoder)
        .order_by(embedded.c.sequence)
        .limit(_READ_PAGE)
    )
    while True:
        rows = connection.execute(query.where(embedded.c.sequence > after)).all()
        if rows:
            yield rows
            after = rows[-1].sequence
        if len(rows) < _READ_PAGE:
            return


def _only(mask: Mask) -> Any:
    """Return the search parameters that leave out every position whose bit is not set."""
    import faiss

    make: Any = faiss  # the stubs describe the C++ constructors, not the ones that FAISS puts around them
    return make.SearchParameters(sel=make.IDSelectorBitmap(np.packbits(mask, bitorder="little")))


def _falls(hits: Candidates, top_k: int) -> bool:
    return len(hits) > top_k and hits[-1][0] < hits[top_k - 1][0] - _ROUNDING


def _exact(connection: Connection, encoder: int, keys: list[int], vector: Vectors) -> Candidates:
    """Return the cosines in double precision: equal vectors get equal scores, wherever they lie in an index."""
    if not keys:
        return []
    rows = connection.execute(_VECTORS, {"keys": json_list(keys), "of": encoder}).all()
    matrix = np.frombuffer(b"".join(row.vector for row in rows), dtype=np.float32).reshape(len(rows), -1)
    scores = (matrix.astype(np.float64) * vector.astype(np.float64)).sum(axis=1)
    return [(float(score), int(row.passage)) for score, row in zip(scores, rows, strict=True)]


_VECTORS = (
    select(embedded.c.passage, vectors.c.vector)
    .join(vectors, vectors.c.key == embedded.c.vector)
    .where(embedded.c.passage.in_(one_of("keys")), embedded.c.encoder == bindparam("of"))
)
