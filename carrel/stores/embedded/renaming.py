"""Giving a collection another name: ids of sources and passages come from the name, so they are made anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from carrel.stores.embedded.schema import collection, passages, sources, versions
from carrel.types import Span, passage_id, source_id

_PAGE = 5000


def rename_collection(connection: Connection, name: str) -> None:
    """Make the database hold the collection `name`, with the ids that indexing into it would have given.

    Documents that a caller wrote keep the ids that the caller gave them; keys, vectors and texts stay as they are.
    """
    if connection.execute(select(collection.c.name)).scalar_one() == name:
        return
    by_uri = {row.key: source_id(name, row.uri) for row in connection.execute(select(sources.c.key, sources.c.uri))}
    for key, identity in by_uri.items():
        connection.execute(_RENAME_SOURCE, {"of": key, "new": identity})
    for page in _passages(connection):
        renamed = [
            {"of": row.key, "new": passage_id(by_uri[row.source], row.hash, Span(row.start, row.end))} for row in page
        ]
        connection.execute(_RENAME_PASSAGE, renamed)
    connection.execute(update(collection).values(name=name))


_RENAME_SOURCE = update(sources).where(sources.c.key == bindparam("of")).values(id=bindparam("new"))
_RENAME_PASSAGE = update(passages).where(passages.c.key == bindparam("of")).values(id=bindparam("new"))


def _passages(connection: Connection) -> Iterator[list[Any]]:
    """Yield the passages that were cut out of sources, a page at a time."""
    query = (
        select(passages.c.key, passages.c.source, passages.c.start, passages.c.end, versions.c.hash)
        .join(versions, versions.c.key == passages.c.version)
        .where(passages.c.written == 0)
        .order_by(passages.c.key)
        .limit(_PAGE)
    )
    last = 0
    while page := list(connection.execute(query.where(passages.c.key > last)).all()):
        yield page
        last = page[-1].key
