"""Purging: rows that no revision shows any more leave the database, after a time that readers may still need them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import Connection, delete, exists, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from carrel.stores.embedded.database import json_list, one_of
from carrel.stores.embedded.schema import collection, embedded, passages, revisions, sources, texts, vectors, versions


def purge_removed(connection: Connection, *, grace: float, searchable: int) -> int:
    """Delete passages removed more than `grace` seconds ago, and the versions that only they used.

    `searchable` is the revision of the text index, which has to hear of a removal before its rows may go.

    The current version of a source and versions that are kept for a label, an answer or a run stay. Returns how many
    passages there were.
    """
    old = select(func.max(revisions.c.revision)).where(
        revisions.c.written <= time.time() - grace, revisions.c.revision <= searchable
    )
    limit = connection.execute(old).scalar()
    if limit is None:
        return 0
    count = _delete_passages(connection, passages.c.removed <= limit)
    current = exists().where(sources.c.version == versions.c.key)
    _delete_versions(connection, (versions.c.revision <= limit) & (versions.c.kept == 0) & ~current)
    connection.execute(delete(revisions).where(revisions.c.revision < limit))
    return count


def purge_sources(connection: Connection, uris: Sequence[str]) -> None:
    """Delete every row of sources that were deleted before, kept versions included."""
    named = select(sources.c.key).where(sources.c.uri.in_(one_of("uris")), sources.c.deleted.is_not(None))
    keys = list(connection.execute(named, {"uris": json_list(uris)}).scalars())
    _delete_passages(connection, passages.c.source.in_(keys))
    _delete_versions(connection, versions.c.source.in_(keys))
    connection.execute(delete(sources).where(sources.c.key.in_(keys)))


def _delete_passages(connection: Connection, condition: ColumnElement[bool]) -> int:
    """Delete passages with all that hangs on them, and the vectors that no passage has any more."""
    held = select(embedded.c.vector).join(passages, passages.c.key == embedded.c.passage).where(condition).distinct()
    given = {"keys": json_list(list(connection.execute(held).scalars()))}
    count = connection.execute(delete(passages).where(condition)).rowcount
    if count:
        unused = ~exists().where(embedded.c.vector == vectors.c.key)
        connection.execute(delete(vectors).where(vectors.c.key.in_(one_of("keys")), unused), given)
        connection.execute(update(collection).values(purges=collection.c.purges + 1))
    return count


def _delete_versions(connection: Connection, condition: ColumnElement[bool]) -> None:
    gone = condition & ~exists().where(passages.c.version == versions.c.key)
    given = {"keys": json_list(list(connection.execute(select(versions.c.text).where(gone).distinct()).scalars()))}
    connection.execute(delete(versions).where(gone))
    unused = ~exists().where(versions.c.text == texts.c.text)
    connection.execute(delete(texts).where(texts.c.text.in_(one_of("keys")), unused), given)
