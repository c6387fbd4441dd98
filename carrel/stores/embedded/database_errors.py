"""What SQLite says of a database that cannot be used, in a sentence that says what to do."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from carrel.errors import StoreError

_DAMAGED = "is damaged"
_STATES = {
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_FORMAT: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: look whether its folder exists and may be written to",
    sqlite3.SQLITE_READONLY: "cannot be written to, nor its folder: give this user the right, or copy it elsewhere",
    sqlite3.SQLITE_PERM: "may not be used by this user",
    sqlite3.SQLITE_FULL: "has no room on its disk; nothing of this change was kept: make room and try again",
    sqlite3.SQLITE_IOERR: "cannot be read or written: look at the disk that holds it",
}
_SIGNS_OF_DAMAGE = ("Could not decode to UTF-8", "no such table", "no such column", "malformed")

DAMAGE = (json.JSONDecodeError, UnicodeDecodeError)
"""What reading damaged rows raises, beside SQLite's own errors."""


def explained(error: BaseException, database: Path) -> BaseException:
    """Return the error for a user, if SQLite's means that the file cannot be used; the same error otherwise."""
    state = _state(error)
    if state is None:
        return error
    if state is _DAMAGED:
        return damaged(database, error)
    return StoreError(f"{database} {state} ({error})")


def explain_errors(engine: Engine, database: Path) -> None:
    """Let an engine raise SQLite's errors as `explained`."""

    @event.listens_for(engine, "handle_error")
    def explain(context: ExceptionContext) -> None:
        error = explained(context.original_exception, database)
        if error is not context.original_exception:
            raise error from context.original_exception


def damaged(database: Path, reason: object) -> StoreError:
    """Return the error for a database that cannot be trusted any more."""
    return StoreError(
        f"{database} is damaged ({reason}); nothing was changed: put a backup in its place with "
        f"'carrel restore FILE --collection {database.parent.name} --force' ('carrel backup' makes them)"
    )


def gone(database: Path) -> StoreError:
    """Return the error for a database that is missing or empty where its indexes are still there."""
    return StoreError(
        f"{database} is missing or empty, though indexes made from it are there; nothing was changed: put a backup in "
        f"its place with 'carrel restore FILE --collection {database.parent.name} --force', or remove "
        f"{database.parent} to begin anew"
    )


def _state(error: BaseException) -> str | None:
    if isinstance(error, DAMAGE) or any(str(error).startswith(sign) for sign in _SIGNS_OF_DAMAGE):
        return _DAMAGED
    code: Any = getattr(error, "sqlite_errorcode", None)
    return None if code is None else _STATES.get(code & 0xFF)
