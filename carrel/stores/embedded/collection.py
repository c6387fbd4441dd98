"""An opened collection: its database and the indexes derived from it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, insert, select

from carrel.errors import SettingsError, StoreError
from carrel.stores.contract import Lease
from carrel.stores.embedded.batch import Batch
from carrel.stores.embedded.compaction import purge_removed, purge_sources
from carrel.stores.embedded.counts import Counts
from carrel.stores.embedded.database import Database
from carrel.stores.embedded.database_errors import DAMAGE, damaged
from carrel.stores.embedded.disk_errors import explaining_disk_errors
from carrel.stores.embedded.facet_columns import Columns
from carrel.stores.embedded.leases import Leases
from carrel.stores.embedded.ledger import Ledger
from carrel.stores.embedded.presence import check_database, check_tables, create_folder, identity
from carrel.stores.embedded.readback import confirm, unconfirmed
from carrel.stores.embedded.schema import collection
from carrel.stores.embedded.selection import Keys, Selection, Selections
from carrel.stores.embedded.text_files import TextFiles, TextView
from carrel.stores.embedded.text_index import build_analyzer
from carrel.stores.embedded.vector_files import VectorFiles

T = TypeVar("T")

LEASE_WAIT_SECONDS = 10.0
"""How long a write without a lease waits for a job that holds one."""
WORN_SHARE = 0.2
"""Deleted passages in the text index from which it is rewritten at the end of a job."""
WORN_OUT_SHARE = 0.5
WORN_OUT_PASSAGES = 10_000
"""Share and number of deleted passages from which the text index is rewritten at once."""

_held: ContextVar[tuple[tuple[Path, Lease], ...]] = ContextVar("carrel_leases", default=())


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One revision, with a transaction to read it in."""

    connection: Connection
    text: TextView
    selections: Selections

    @property
    def revision(self) -> int:
        return self.text.revision

    def allowed(self, filters: Mapping[str, Any] | None) -> Keys | None:
        """Return the passages that a filter allows, ascending; None without a filter."""
        selection = self.selection(filters)
        return None if selection is None else selection.keys

    def selection(self, filters: Mapping[str, Any] | None) -> Selection | None:
        """Return the passages that a filter allows, as indexes take them; None without a filter."""
        return self.selections.get(self.connection, filters, self.revision)


class Collection:
    """The parts of one collection in one process."""

    def __init__(self, path: Path, name: str, language: str | None) -> None:
        build_analyzer(language)
        self.path = path.resolve()
        check_database(self.path)
        create_folder(self.path)
        self.database = _open_database(self.path / "store.db", name, language)
        self._identity = identity(self.database.path)
        self.leases = Leases(self.database)
        self.ledger = Ledger(self.database, name)
        self.selections = Selections()
        self.columns = Columns()
        self.counts = Counts()
        self.text = TextFiles(self.path / "text", self.database, language, is_written=self.leases.is_held)
        self.vectors = VectorFiles(self.path / "vectors", self.database)
        self._writing = threading.RLock()

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Pin the newest searchable revision and read it.

        Raises:
            StoreError: a row of the database cannot be read.
        """
        with explaining_disk_errors(self.path):
            view = self.text.view()
        try:
            with self.database.reading() as connection:
                yield Snapshot(connection, view, self.selections)
        except DAMAGE as error:
            raise damaged(self.database.path, error) from error

    def was_replaced(self) -> bool:
        """Say whether another collection stands in this one's place now, because a backup was restored.

        Raises:
            StoreError: the database is gone.
        """
        return identity(self.database.path) != self._identity

    def write(self, change: Callable[[Batch], T], lease: Lease | None) -> T:
        """Make a change under a lease, or in the gaps between jobs without one, and let it become searchable.

        Raises:
            LeaseError: another job holds the collection, or the lease is no longer the newest.
        """
        with self.turn(lease) as connection:
            batch = Batch(connection)
            result = change(batch)
            batch.flush()
        with explaining_disk_errors(self.path):
            if batch.changed:
                self.text.follow(batch.text_changes)
                self._fold()
            if batch.written:
                self._confirm(batch.written)
        return result

    @contextmanager
    def turn(self, lease: Lease | None) -> Iterator[Connection]:
        """A transaction for writing, once no other job stands in the way."""
        mine = lease or self._lease_of_caller()
        if mine is None:
            self.leases.wait_until_free(LEASE_WAIT_SECONDS)
        with self._writing, self.database.writing() as connection:
            self.leases.check(connection, mine)
            yield connection

    @contextmanager
    def lease(self, holder: str, *, seconds: float, wait: float) -> Iterator[Lease]:
        """Hold the right to write; writes of the same thread or task use it without being told."""
        with self.leases.hold(holder, seconds=seconds, wait=wait) as lease:
            reset = _held.set((*_held.get(), (self.path, lease)))
            try:
                with explaining_disk_errors(self.path):
                    self._finish_writing()
                yield lease
                with explaining_disk_errors(self.path):
                    self._tidy()
            finally:
                _held.reset(reset)

    def purge_sources(self, uris: Sequence[str], lease: Lease | None) -> None:
        """Delete every row of deleted sources, once the text index has let go of their passages."""
        self.text.catch_up()
        with self.turn(lease) as connection:
            purge_sources(connection, uris)

    def compact(self, *, grace: float, deleted_share: float, lease: Lease | None) -> dict[str, Any]:
        """Purge old removals and rewrite the text index when deleted passages are more than this share of it."""
        self.text.catch_up()
        searchable = self.text.view().revision
        with self.turn(lease) as connection:
            purged = purge_removed(connection, grace=grace, searchable=searchable)
        worn = self.text.is_worn(deleted_share)
        if worn:
            self.text.rebuild()
        self.vectors.compact()
        return {"purged": purged, "rewritten": worn}

    def close(self) -> None:
        self.text.close()
        self.database.close()

    def _fold(self) -> None:
        """Write to files what has become enough, and without what has become too much."""
        self.vectors.fold()
        if self.text.is_worn(WORN_OUT_SHARE, fewest=WORN_OUT_PASSAGES):
            self.text.rebuild()

    def _tidy(self) -> None:
        """Let the indexes forget what a job has deleted, if that is much."""
        if self.text.is_worn(WORN_SHARE):
            self.text.rebuild()
        self.vectors.compact()

    def _finish_writing(self) -> None:
        """Make searchable, and count, what a process wrote that died before it could."""
        self.text.view()  # begins broken files anew
        self.text.catch_up()
        with self.database.reading() as connection:
            waiting = unconfirmed(connection)
        if waiting:
            self._confirm(waiting)

    def _confirm(self, keys: Sequence[int]) -> None:
        """Count the passages of sources in the text index, and write that anew if it lacks some.

        Raises:
            StoreError: it lacks them still.
        """
        if confirm(self.database, self.text.view(), keys):
            self.text.rebuild()
            if lacking := confirm(self.database, self.text.view(), keys):
                raise StoreError(
                    f"Passages of {len(lacking)} sources cannot be found in the text index: remove "
                    f"{self.path / 'text'}, which is made again from the database, and run the command again"
                )

    def _lease_of_caller(self) -> Lease | None:
        return next((lease for path, lease in reversed(_held.get()) if path == self.path), None)


def _open_database(path: Path, name: str, language: str | None) -> Database:
    database = Database(path)
    try:
        check_tables(database)
        database.migrate()
        _register(database, name, language)
    except BaseException:
        database.close()
        raise
    return database


def _register(database: Database, name: str, language: str | None) -> None:
    with database.reading() as connection:
        row = connection.execute(select(collection)).one_or_none()
    if row is None:
        with database.writing() as connection:
            row = connection.execute(select(collection)).one_or_none()
            if row is None:
                values = {"key": 1, "name": name, "language": language, "revision": 0, "purges": 0}
                connection.execute(insert(collection).values(**values))
                return
    if (row.name, row.language) != (name, language):
        raise SettingsError(
            f"{database.path.parent} holds the collection {row.name!r} in the language {row.language!r}, "
            f"not {name!r} in {language!r}; both are fixed when a collection is created"
        )
