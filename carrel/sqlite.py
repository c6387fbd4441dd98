"""The engine of an SQLite database: WAL mode, and transactions that say how they begin."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

BUSY_SECONDS = 30.0
"""How long a statement waits for another connection's lock."""
_PAUSE_SECONDS = 0.01


def sqlite_engine(url: str | URL, pragmas: Sequence[str] = (), **options: Any) -> Engine:
    """Return an engine whose connections are in WAL mode and have `pragmas` run.

    A transaction is deferred; one with the execution option `carrel_begin` "IMMEDIATE" holds the write lock from its
    beginning. `options` are those of `sqlalchemy.create_engine`.
    """
    connect_args = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, connect_args=connect_args, **options)
    event.listen(engine, "connect", partial(_configure, pragmas))
    event.listen(engine, "begin", _begin)
    return engine


def _configure(pragmas: Sequence[str], connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin`, not by the driver
    _use_wal(connection)
    for pragma in pragmas:
        connection.execute(pragma)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turn WAL mode on, as long as `BUSY_SECONDS` if others do the same.

    Two connections that find a new database and both want to turn it to WAL hold a read lock each and wait for the
    other's to go. SQLite sees that and fails one of them at once, whatever its timeout: here it tries again.
    """
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
        time.sleep(_PAUSE_SECONDS * (1 + random.random()))


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('carrel_begin', 'DEFERRED')}")
