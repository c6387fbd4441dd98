"""Opening the records' database: SQLite in WAL mode or PostgreSQL, by its URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from carrel.errors import MissingExtraError, SettingsError
from carrel.migrations import migration_of, upgrade
from carrel.records import schema
from carrel.sqlite import sqlite_engine

FILE = "records.db"
MIGRATIONS = Path(__file__).with_name("migrations")
_MIGRATION_LOCK = 0x6361727265
"""Number of the advisory lock that keeps two processes from migrating a PostgreSQL database at once."""


class Records:
    """The database of what people and jobs leave behind, migrated when it is opened.

    Raises:
        SettingsError: the URL is none, names a kind of database that is not supported, or cannot be reached.
        MissingExtraError: PostgreSQL's driver is not installed.
    """

    def __init__(self, url: str | URL) -> None:
        self.url = _checked(url)
        self._engine = _engine(self.url)
        try:
            self._migrate()
        except OperationalError as error:
            self.close()
            shown = self.url.render_as_string(hide_password=True)
            reason = " ".join(str(error.orig).split())
            raise SettingsError(f"the records' database {shown} cannot be used: {reason}") from error

    @classmethod
    def at(cls, home: Path, url: str = "") -> Records:
        """Open the records of a home: the database that `url` names, or the home's own file."""
        if url:
            return cls(url)
        home.mkdir(parents=True, exist_ok=True)
        return cls(URL.create("sqlite", database=str(home.resolve() / FILE)))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that changes nothing."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is rolled back by an exception; on SQLite, one at a time."""
        with self._engine.connect() as connection:
            writing = connection.execution_options(carrel_begin="IMMEDIATE")
            with writing.begin():
                yield writing

    def close(self) -> None:
        self._engine.dispose()

    def _migrate(self) -> None:
        with self.reading() as connection:
            if migration_of(connection) == schema.HEAD:
                return
        with self.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            upgrade(connection, MIGRATIONS)


def _checked(url: str | URL) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError(f"records.url is no database URL: {url}") from error
    if parsed.drivername in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise SettingsError(f"records.url names {parsed.drivername!r}; the records are kept in sqlite or postgresql")
    return parsed


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return sqlite_engine(url, ["PRAGMA synchronous = FULL"])
    try:
        return create_engine(url, pool_pre_ping=True)
    except (ImportError, NoSuchModuleError) as error:
        raise MissingExtraError("keeping records in PostgreSQL", "postgres") from error
