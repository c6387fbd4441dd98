"""Opening a collection's SQLite database: pragmas, transactions, migrations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, func, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import ScalarSelect

from carrel.migrations import migration_of, upgrade
from carrel.sqlite import sqlite_engine
from carrel.stores.embedded import schema
from carrel.stores.embedded.database_errors import explain_errors

MIGRATIONS = Path(__file__).with_name("migrations")
PAGE_CACHE_KIB = 32_768
MAPPED_BYTES = 1 << 30

_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA cache_size = -{PAGE_CACHE_KIB}",
    f"PRAGMA mmap_size = {MAPPED_BYTES}",
    "PRAGMA temp_store = MEMORY",
)


class Database:
    """One SQLite file in WAL mode: readers see one snapshot for a transaction, writers queue for theirs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = _engine(path)

    def migrate(self) -> None:
        """Bring the tables to the newest migration; costs one small query when they are there already."""
        with self.reading() as connection:
            if migration_of(connection) == schema.HEAD:
                return
        with self.writing() as connection:
            upgrade(connection, MIGRATIONS)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database, whatever is written meanwhile."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds SQLite's write lock from its beginning, and is rolled back by an exception."""
        with self._engine.connect() as connection:
            writing = connection.execution_options(carrel_begin="IMMEDIATE")
            with writing.begin():
                yield writing

    def close(self) -> None:
        self._engine.dispose()


def _engine(path: Path) -> Engine:
    engine = sqlite_engine(
        f"sqlite:///{path}",
        _PRAGMAS,
        pool_use_lifo=True,  # every connection has a page cache of its own: use as few as will do
    )
    explain_errors(engine, path)
    return engine


def one_of(name: str) -> ScalarSelect[Any]:
    """Return what `column.in_()` takes for a list of any length, bound as JSON under `name` (see `json_list`)."""
    return select(func.json_each(bindparam(name)).table_valued("value").c.value).scalar_subquery()


def json_list(values: Sequence[int] | Sequence[str]) -> str:
    """Encode what `one_of` reads."""
    return json.dumps(list(values), ensure_ascii=False)


def next_key(connection: Connection, column: ColumnElement[int]) -> int:
    """Return the first free key of a table; valid inside a writing transaction."""
    return int(connection.execute(select(func.coalesce(func.max(column), 0))).scalar_one()) + 1
