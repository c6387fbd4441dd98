"""The log of an encoder's vectors in the database, read in order: what every part of a vector index is made from."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, func, or_, select

from carrel.stores.contract import Vectors
from carrel.stores.embedded.schema import collection, embedded, passages, revisions, vectors
from carrel.stores.embedded.selection import Keys

NEVER = int(np.iinfo(np.int64).max)
"""The revision at which a passage is removed that is still shown."""

LONGEST_READ_SECONDS = 60.0
"""No search reads an older revision than was the newest so long ago: what it removed need not be kept for any."""

_PAGE = 4096


@dataclass(frozen=True, slots=True)
class LogPage:
    """Consecutive entries of the log: passages with the revisions that added and removed them, and their vectors."""

    sequences: Keys
    keys: Keys
    added: Keys
    removed: Keys
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class LogRange:
    """The entries with `after < sequence <= last`."""

    after: int
    last: int


@dataclass(frozen=True, slots=True)
class LogState:
    """Where the database stands: its revision, and how often rows were purged from it."""

    revision: int
    purges: int


def log_state(connection: Connection) -> LogState:
    """Return where the database stands."""
    row = connection.execute(select(collection.c.revision, collection.c.purges)).one()
    return LogState(row.revision, row.purges)


def read_log(
    connection: Connection, encoder: int, after: int, *, last: int | None = None, forget: int = 0
) -> Iterator[LogPage]:
    """Yield the entries after a sequence number, up to `last`, without passages removed by the revision `forget`."""
    query = (
        select(embedded.c.sequence, embedded.c.passage, vectors.c.vector, passages.c.added, passages.c.removed)
        .join(vectors, vectors.c.key == embedded.c.vector)
        .join(passages, passages.c.key == embedded.c.passage)
        .where(embedded.c.encoder == encoder, or_(passages.c.removed.is_(None), passages.c.removed > forget))
        .order_by(embedded.c.sequence)
        .limit(_PAGE)
    )
    if last is not None:
        query = query.where(embedded.c.sequence <= last)
    while True:
        rows = connection.execute(query.where(embedded.c.sequence > after)).all()
        if rows:
            sequences, keys, blobs, added, removed = zip(*rows, strict=True)
            yield LogPage(
                sequences=np.array(sequences, dtype=np.int64),
                keys=np.array(keys, dtype=np.int64),
                added=np.array(added, dtype=np.int64),
                removed=np.array([NEVER if one is None else one for one in removed], dtype=np.int64),
                vectors=np.frombuffer(b"".join(blobs), dtype=np.float32).reshape(len(rows), -1),
            )
            after = sequences[-1]
        if len(rows) < _PAGE:
            return


def count_log(connection: Connection, encoder: int, after: int, *, last: int = NEVER, most: int | None = None) -> int:
    """Return how many entries follow a sequence number up to `last`; counting stops at `most`."""
    entries = select(embedded.c.sequence).where(
        embedded.c.encoder == encoder, embedded.c.sequence > after, embedded.c.sequence <= last
    )
    return connection.execute(select(func.count()).select_from(entries.limit(most).subquery())).scalar_one()


def log_end(connection: Connection, encoder: int, after: int, count: int) -> int:
    """Return the sequence number of the entry that stands `count` entries after a sequence number."""
    query = select(embedded.c.sequence).where(embedded.c.encoder == encoder, embedded.c.sequence > after)
    entries = query.order_by(embedded.c.sequence).limit(count).subquery()
    return int(connection.execute(select(func.max(entries.c.sequence))).scalar_one() or after)


def logged_keys(connection: Connection, encoder: int, span: LogRange) -> Keys:
    """Return the passages of a range that the database still has, ascending."""
    query = select(embedded.c.passage).where(
        embedded.c.encoder == encoder, embedded.c.sequence > span.after, embedded.c.sequence <= span.last
    )
    return np.sort(np.fromiter(connection.execute(query).scalars(), dtype=np.int64))


def forgettable(connection: Connection, *, grace: float = LONGEST_READ_SECONDS) -> int:
    """Return the revision whose removals no reader needs any more: the newest of those `grace` seconds old."""
    query = select(func.max(revisions.c.revision)).where(revisions.c.written <= time.time() - grace)
    return int(connection.execute(query).scalar_one() or 0)
