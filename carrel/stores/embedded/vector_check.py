"""Comparing the vector indexes with the database: a sample of vectors is searched for, and each has to be found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from carrel._haystack import Document
from carrel.stores.contract import Vectors
from carrel.stores.embedded.collection import Collection
from carrel.stores.embedded.schema import embedded, encoders, passages, vectors, visible_at

_ROUNDING = 1e-4


def vector_problems(
    collection: Collection,
    search: Callable[..., list[Document]],
    checked: dict[str, int],
    random: np.random.Generator,
    sample: int,
) -> Iterator[str]:
    """Yield for each encoder how many of `sample` vectors `search` does not find where they are.

    A vector is found when nothing but its equals comes before it.
    """
    with collection.snapshot() as snapshot:
        revision = snapshot.revision
        drawn = {
            row.fingerprint: _drawn(snapshot.connection, row.key, revision, random, sample)
            for row in snapshot.connection.execute(select(encoders)).all()
        }
    checked["vectors searched for"] = sum(map(len, drawn.values()))
    for fingerprint, stored in drawn.items():
        lost = sum(not _finds(search, fingerprint, vector) for vector in stored)
        if lost:
            yield f"the vector index of {fingerprint} does not find {lost} of {len(stored)} vectors"


def _drawn(
    connection: Connection, encoder: int, revision: int, random: np.random.Generator, sample: int
) -> list[Vectors]:
    """Return vectors of visible passages, at random places of the log."""
    last = connection.execute(select(func.max(embedded.c.sequence)).where(embedded.c.encoder == encoder)).scalar() or 0
    next_visible = (
        select(embedded.c.sequence, vectors.c.vector)
        .join(vectors, vectors.c.key == embedded.c.vector)
        .join(passages, passages.c.key == embedded.c.passage)
        .where(embedded.c.encoder == encoder, visible_at(revision))
        .order_by(embedded.c.sequence)
        .limit(1)
    )
    found: dict[int, Any] = {}
    for place in random.integers(1, last, size=sample, endpoint=True) if last else ():
        row = connection.execute(next_visible.where(embedded.c.sequence >= int(place))).one_or_none()
        if row is not None:
            found[row.sequence] = np.frombuffer(row.vector, dtype=np.float32)
    return list(found.values())


def _finds(search: Callable[..., list[Document]], fingerprint: str, vector: Vectors) -> bool:
    hits = search(vector, fingerprint=fingerprint, top_k=1)
    return bool(hits) and (hits[0].score or 0.0) >= 1.0 - _ROUNDING
