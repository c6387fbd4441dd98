"""The ledger: which sources a collection knows, in which state, and the versions of their texts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from carrel.errors import UnknownSourceError
from carrel.stores.embedded.database import Database
from carrel.stores.embedded.metadata import encode_meta
from carrel.stores.embedded.schema import sources, versions
from carrel.stores.embedded.texts import whole_text
from carrel.types import CanonicalText, Heading, SourceInfo, SourceRecord, SourceState, source_id

_PAGE = 1000
_NEW = upsert(sources)
_ANNOUNCE = _NEW.on_conflict_do_update(
    index_elements=["uri"],
    set_={
        "deleted": None,
        "state": _NEW.excluded.state,
        "root": _NEW.excluded.root,
        "media_type": _NEW.excluded.media_type,
        "updated": _NEW.excluded.updated,
        "attempts": 0,
        "stage": None,
        "error": None,
        "reason": None,
    },
    where=sources.c.deleted.is_not(None),
)
_RECORDS = select(sources, versions.c.hash).outerjoin(versions, versions.c.key == sources.c.version)


class Ledger:
    """Reads and writes source records; a record alone never changes what is searchable."""

    def __init__(self, database: Database, collection: str) -> None:
        self._database = database
        self._collection = collection

    def records(
        self,
        *,
        root: str | None,
        state: SourceState | None,
        after: str | None = None,
        containing: str | None = None,
        page_size: int = _PAGE,
    ) -> Iterator[SourceRecord]:
        """Yield the sources in the order of their URIs, reading a page at a time.

        Those are left out that do not stand after the URI `after`, or have `containing` neither in URI nor title.
        """
        query = _RECORDS.where(sources.c.deleted.is_(None)).order_by(sources.c.uri).limit(page_size)
        if root is not None:
            query = query.where(sources.c.root == root)
        if state is not None:
            query = query.where(sources.c.state == state)
        if containing:
            query = query.where(
                sources.c.uri.contains(containing, autoescape=True)
                | sources.c.title.contains(containing, autoescape=True)
            )
        last = after
        while True:
            with self._database.reading() as connection:
                page = connection.execute(query if last is None else query.where(sources.c.uri > last)).all()
            yield from map(_record, page)
            if len(page) < page_size:
                return
            last = page[-1].uri

    def record(self, uri: str) -> SourceRecord | None:
        """Return one source; None if the ledger does not know it."""
        with self._database.reading() as connection:
            row = connection.execute(_RECORDS.where(sources.c.uri == uri, sources.c.deleted.is_(None))).one_or_none()
        return None if row is None else _record(row)

    def roots(self) -> list[str]:
        """Return the folders and row files that sources were found under, sorted."""
        query = select(sources.c.root).where(sources.c.root.is_not(None), sources.c.deleted.is_(None)).distinct()
        with self._database.reading() as connection:
            return sorted(connection.execute(query).scalars())

    def counts(self) -> dict[str, int]:
        """Return how many sources there are in each state that occurs."""
        query = (
            select(sources.c.state, func.count().label("total"))
            .where(sources.c.deleted.is_(None))
            .group_by(sources.c.state)
        )
        with self._database.reading() as connection:
            return {row.state: row.total for row in connection.execute(query)}

    def set_state(
        self,
        connection: Connection,
        source: SourceInfo,
        state: SourceState,
        *,
        stage: str | None,
        error: str | None,
        reason: str | None,
    ) -> None:
        """Record a state; `attempts` counts the failures since the source was last indexed."""
        row = connection.execute(select(sources).where(sources.c.uri == source.uri)).one_or_none()
        failures = 0 if row is None else row.attempts
        values = {
            "root": source.root,
            "content_hash": source.content_hash,
            "media_type": source.media_type,
            "size": source.size,
            "modified": source.modified,
            "made_with": source.made_with,
            "state": state,
            "stage": stage,
            "error": error,
            "reason": reason,
            "attempts": failures + 1
            if state is SourceState.FAILED
            else 0
            if state is SourceState.INDEXED
            else failures,
            "updated": time.time(),
            "deleted": None,
        }
        if row is None:
            values |= {
                "id": source_id(self._collection, source.uri),
                "uri": source.uri,
                "title": PurePosixPath(source.uri).name,
                "passages": 0,
                "meta": encode_meta(source.meta, source.uri),
            }
            connection.execute(insert(sources).values(**values))
        else:
            connection.execute(update(sources).where(sources.c.key == row.key).values(**values))

    def announce(self, connection: Connection, given: Sequence[SourceInfo]) -> None:
        """Put sources into the ledger as pending; those that it knows stay as they are."""
        now = time.time()
        rows = [
            {
                "id": source_id(self._collection, source.uri),
                "uri": source.uri,
                "root": source.root,
                "media_type": source.media_type,
                "title": PurePosixPath(source.uri).name,
                "state": SourceState.PENDING,
                "attempts": 0,
                "updated": now,
                "passages": 0,
                "meta": encode_meta(source.meta, source.uri),
            }
            for source in given
        ]
        if rows:
            connection.execute(_ANNOUNCE, rows)

    def keep_version(self, connection: Connection, uri: str, version: str) -> None:
        """Mark a version as referred to, so that purging spares it.

        Raises:
            UnknownSourceError: there is no such source or version.
        """
        row = _version(connection, uri, version)
        if row is None:
            raise UnknownSourceError(f"there is no version {version} of the source {uri!r} to keep")
        connection.execute(update(versions).where(versions.c.key == row.key).values(kept=1))

    def version_text(self, uri: str, version: str | None) -> CanonicalText:
        """Return the text of a version, the current one by default; versions of deleted sources are found by hash.

        Raises:
            UnknownSourceError: there is no such source or version.
        """
        with self._database.reading() as connection:
            row = _version(connection, uri, version)
            if row is None:
                wanted = f"version {version} of the source {uri!r}" if version else f"source {uri!r} with a text"
                raise UnknownSourceError(f"there is no {wanted} in the collection {self._collection!r}")
            return CanonicalText(
                text=whole_text(connection, row.text),
                title=row.title,
                page_starts=tuple(json.loads(row.page_starts)),
                headings=tuple(Heading(*heading) for heading in json.loads(row.headings)),
            )


def _version(connection: Connection, uri: str, version: str | None) -> Any:
    query = select(versions).join(sources, sources.c.key == versions.c.source).where(sources.c.uri == uri)
    if version is None:
        query = query.where(versions.c.key == sources.c.version, sources.c.deleted.is_(None))
    else:
        query = query.where(versions.c.hash == version).order_by(versions.c.key.desc()).limit(1)
    return connection.execute(query).one_or_none()


def _record(row: Any) -> SourceRecord:
    return SourceRecord(
        id=row.id,
        uri=row.uri,
        state=SourceState(row.state),
        root=row.root,
        content_hash=row.content_hash,
        media_type=row.media_type,
        title=row.title,
        version=row.hash,
        stage=row.stage,
        error=row.error,
        reason=row.reason,
        attempts=row.attempts,
        updated=row.updated,
        passages=row.passages,
        meta=json.loads(row.meta),
        size=row.size,
        modified=row.modified,
        made_with=row.made_with,
    )
