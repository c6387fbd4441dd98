"""Taking passages and sources out of a collection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from carrel.stores.embedded.batch import Batch
from carrel.stores.embedded.database import json_list, one_of
from carrel.stores.embedded.schema import passages, sources
from carrel.types import SourceState


def delete_passages(batch: Batch, *, ids: Sequence[str] = (), keys: Sequence[int] = ()) -> int:
    """Remove visible passages by id or key and return how many; a source goes with the last of its passages."""
    query = select(passages.c.key, passages.c.source).where(
        passages.c.removed.is_(None),
        passages.c.id.in_(one_of("ids")) if ids else passages.c.key.in_(one_of("keys")),
    )
    bound = {"ids": json_list(ids)} if ids else {"keys": json_list(keys)}
    rows = batch.connection.execute(query, bound).all()
    batch.remove_passages([row.key for row in rows])
    for source, count in Counter(row.source for row in rows).items():
        left = _left(batch.connection, source) - count
        batch.update_source(source, {"passages": left} if left else _gone(batch))
    return len(rows)


def delete_sources(batch: Batch, uris: Sequence[str]) -> list[int]:
    """Remove sources with their passages and return their keys; the texts of their versions stay."""
    query = select(sources.c.key).where(sources.c.uri.in_(one_of("uris")), sources.c.deleted.is_(None))
    found = list(batch.connection.execute(query, {"uris": json_list(uris)}).scalars())
    visible = select(passages.c.key).where(passages.c.source.in_(one_of("keys")), passages.c.removed.is_(None))
    batch.remove_passages(list(batch.connection.execute(visible, {"keys": json_list(found)}).scalars()))
    for key in found:
        batch.update_source(key, _gone(batch))
    return found


def _gone(batch: Batch) -> dict[str, Any]:
    return {"deleted": batch.revision, "version": None, "passages": 0, "state": SourceState.PENDING}


def _left(connection: Connection, source: int) -> int:
    query = select(func.count()).where(passages.c.source == source, passages.c.removed.is_(None))
    return connection.execute(query).scalar_one()
