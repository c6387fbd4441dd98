"""The vectors of one encoder, ready to be searched: segments in files, and a tail that reads on from the database."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, bindparam, select

from carrel.stores.contract import Vectors
from carrel.stores.embedded.database import json_list, one_of
from carrel.stores.embedded.schema import embedded, passages, vectors
from carrel.stores.embedded.selection import Keys, Selection
from carrel.stores.embedded.vector_log import NEVER, LogRange, LogState, count_log, log_state, logged_keys, read_log
from carrel.stores.embedded.vector_parts import ROUNDING, Part, Scored, refined_count, search_parts
from carrel.stores.embedded.vector_segments import Segment
from carrel.stores.embedded.vector_tail import Tail

Candidates = list[tuple[float, int]]


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a search looks through; replaced as a whole, so that a search needs no lock."""

    segments: tuple[Segment, ...]
    tail: Tail

    @property
    def parts(self) -> list[Part]:
        """Return the tail, which is scanned exactly, first: the longest search, if it is long."""
        return [self.tail.part, *(segment.part for segment in reversed(self.segments))]

    @property
    def are_exact(self) -> bool:
        return not any(segment.is_compressed for segment in self.segments)


class VectorIndex:
    """All vectors of one encoder."""

    def __init__(self, encoder: int, dimension: int) -> None:
        self.encoder = encoder
        self.dimension = dimension
        self._lock = threading.Lock()
        self._parts = _Parts((), Tail.empty(dimension, 0))
        self._known_to = LogState(revision=NEVER, purges=NEVER)
        self._refreshed = -1

    @property
    def segments(self) -> tuple[Segment, ...]:
        return self._parts.segments

    @property
    def last_sequence(self) -> int:
        """The last entry of the log that is in a segment or in the tail."""
        return self._parts.tail.last_sequence

    def is_at(self, revision: int) -> bool:
        """Say whether everything up to a revision was read."""
        return self._refreshed == revision

    def replace(self, segments: Sequence[Segment]) -> None:
        """Take other segments; those that are new know of removals and purges up to when they were written."""
        with self._lock:
            new = [segment.entry for segment in segments if segment not in self._parts.segments]
            last = max((segment.span.last for segment in segments), default=0)
            self._parts = _Parts(tuple(segments), self._parts.tail.beginning_after(last))
            self._known_to = LogState(
                revision=min([self._known_to.revision, *(entry.revision for entry in new)]),
                purges=min([self._known_to.purges, *(entry.purges for entry in new)]),
            )
            self._refreshed = -1

    def refresh(self, connection: Connection, revision: int) -> None:
        """Read on: new vectors, and passages removed or purged since the last time."""
        with self._lock:
            if self._refreshed == revision:
                return
            parts = self._parts
            pages = list(read_log(connection, self.encoder, parts.tail.last_sequence))
            tail = parts.tail.extended(pages) if pages else parts.tail
            changed = _Parts(parts.segments, tail)
            self._mark_removed(connection, changed)
            self._parts = changed
            self._refreshed = revision

    def search(
        self, connection: Connection, vector: Vectors, top_k: int, *, revision: int, selection: Selection | None
    ) -> Candidates:
        """Return the best (cosine, passage key), computed anew from the database, with all ties at the cut."""
        parts = self._parts
        admitted = [(part, part.admitted(revision, selection)) for part in parts.parts]
        found = search_parts([one for one in admitted if one[1].count], vector, top_k)
        keys = _candidates(found, top_k if parts.are_exact else refined_count(top_k))
        return _exact(connection, self.encoder, keys, vector)

    def _mark_removed(self, connection: Connection, parts: _Parts) -> None:
        """Carry removals over; where rows were purged, what the log still holds counts."""
        state = log_state(connection)
        if self._known_to.purges < state.purges:
            self._forget_purged(connection, parts)
        query = select(passages.c.key, passages.c.removed).where(passages.c.removed > self._known_to.revision)
        rows = connection.execute(query.order_by(passages.c.key)).all()
        if rows:
            keys, revisions = np.array(rows, dtype=np.int64).T
            for part in parts.parts:
                part.rows.stamp(keys, revisions)
        self._known_to = state

    def _forget_purged(self, connection: Connection, parts: _Parts) -> None:
        for segment in parts.segments:
            left = count_log(connection, self.encoder, segment.span.after, last=segment.span.last)
            if left != segment.entry.logged:
                segment.part.rows.keep_only(logged_keys(connection, self.encoder, segment.span))
        last = max((segment.span.last for segment in parts.segments), default=0)
        parts.tail.part.rows.keep_only(logged_keys(connection, self.encoder, LogRange(last, parts.tail.last_sequence)))


def _candidates(found: Sequence[Scored], count: int) -> list[int]:
    """Return the keys of the `count` best, and of what nearly ties with the last."""
    if not found:
        return []
    scores = np.concatenate([one.scores for one in found])
    keys: Keys = np.concatenate([one.keys for one in found])
    if len(scores) > count:
        keys = keys[scores >= np.partition(scores, -count)[-count] - ROUNDING]
    return [int(key) for key in keys]


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
