"""Checking the database: SQLite's own structure, the hash of every text, the place of every passage, every vector."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select, text

from carrel.stores.embedded.database import Database
from carrel.stores.embedded.schema import encoders, passages, texts, vectors, versions

_PAGE = 4096
_UNIT_TOLERANCE = 1e-3
_MOST_NAMED = 20
"""Problems of one kind that are named one by one."""


def truth_problems(database: Database, checked: dict[str, int]) -> Iterator[str]:
    """Yield what is wrong with the database, in sentences.

    Raises:
        StoreError: it is so damaged that it cannot be read.
    """
    with database.reading() as connection:
        for row in connection.execute(text(f"PRAGMA integrity_check({_MOST_NAMED})")):
            if row[0] != "ok":
                yield f"SQLite: {row[0]}"
        for row in connection.execute(text("PRAGMA foreign_key_check")).fetchmany(_MOST_NAMED):
            yield f"SQLite: row {row[1]} of {row[0]} refers to a row of {row[2]} that is not there"
        yield from _texts(connection, checked)
        yield from _passages(connection, checked)
        yield from _vectors(connection, checked)


def _texts(connection: Connection, checked: dict[str, int]) -> Iterator[str]:
    """Compare each text with the hash of its versions, a chunk at a time."""
    checked["texts"] = 0
    expected = select(versions.c.text, func.min(versions.c.hash).label("hash")).group_by(versions.c.text)
    for row in connection.execute(expected).all():
        digest = hashlib.sha256()
        chunks = select(texts.c.content).where(texts.c.text == row.text).order_by(texts.c.ordinal)
        for content in connection.execute(chunks).scalars():
            digest.update(content.encode("utf-8"))
        checked["texts"] += 1
        if digest.hexdigest() != row.hash:
            yield f"the text {row.text} does not have the hash {row.hash} of its version"


def _passages(connection: Connection, checked: dict[str, int]) -> Iterator[str]:
    length = select(texts.c.text, func.sum(func.length(texts.c.content)).label("length")).group_by(texts.c.text)
    whole = length.subquery()
    outside = (
        select(passages.c.key)
        .join(versions, versions.c.key == passages.c.version)
        .outerjoin(whole, whole.c.text == versions.c.text)
        .where((passages.c.start < 0) | (passages.c.end > func.coalesce(whole.c.length, 0)))
        .limit(_MOST_NAMED)
    )
    checked["passages"] = connection.execute(select(func.count()).select_from(passages)).scalar_one()
    for key in connection.execute(outside).scalars():
        yield f"the passage {key} reaches beyond its text"


def _vectors(connection: Connection, checked: dict[str, int]) -> Iterator[str]:
    """See that every vector has the dimension of its encoder and unit length."""
    checked["vectors"] = 0
    dimensions = {row.key: row.dimension for row in connection.execute(select(encoders))}
    query = select(vectors.c.key, vectors.c.encoder, vectors.c.vector).order_by(vectors.c.key).limit(_PAGE)
    last = 0
    while rows := connection.execute(query.where(vectors.c.key > last)).all():
        checked["vectors"] += len(rows)
        last = rows[-1].key
        for row in rows:
            if not _is_unit(row, dimensions):
                yield f"the vector {row.key} is not a unit vector of its encoder's dimension"


def _is_unit(row: Any, dimensions: dict[int, int]) -> bool:
    if len(row.vector) != 4 * dimensions.get(row.encoder, 0):
        return False
    vector = np.frombuffer(row.vector, dtype=np.float32).astype(np.float64)
    return abs(float(vector @ vector) - 1.0) <= 2 * _UNIT_TOLERANCE
