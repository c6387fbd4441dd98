"""SQLite's engine: connections that open one new database side by side wait for each other."""

import sqlite3
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from carrel import sqlite
from carrel.sqlite import sqlite_engine

WRITING_SECONDS = 0.3


@pytest.fixture
def writer(tmp_path):
    """A connection in a write transaction of a database that is not in WAL mode yet."""
    connection = sqlite3.connect(tmp_path / "new.db", isolation_level=None, check_same_thread=False)
    connection.execute("CREATE TABLE kept (value INTEGER)")
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def test_who_turns_wal_on_waits_for_a_writer_to_end(tmp_path, writer):
    threading.Timer(WRITING_SECONDS, writer.execute, ["COMMIT"]).start()
    engine = sqlite_engine(f"sqlite:///{tmp_path / 'new.db'}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    engine.dispose()


def test_a_writer_that_does_not_end_is_an_error_after_a_while(tmp_path, writer, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    engine = sqlite_engine(f"sqlite:///{tmp_path / 'new.db'}")
    with pytest.raises(OperationalError, match="locked"):
        engine.connect()
    engine.dispose()
