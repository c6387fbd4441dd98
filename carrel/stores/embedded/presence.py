"""Looking at a collection's folder before its database is opened, so that a lost one is never begun anew in silence."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from carrel.errors import StoreError
from carrel.stores.embedded import schema
from carrel.stores.embedded.database import Database
from carrel.stores.embedded.database_errors import damaged, gone
from carrel.stores.embedded.files import file_size

_INDEXES = ("text", "vectors")


def check_database(folder: Path) -> None:
    """Refuse a folder that has indexes and no database, or one that was cut off.

    Raises:
        StoreError: the database is missing, has no bytes, or fewer than it says.
    """
    database = folder / "store.db"
    # The indexes are looked for first: while another process begins a collection, they come after the database.
    if _has_indexes(folder) and (not database.is_file() or database.stat().st_size == 0):
        raise gone(database)
    if database.is_file() and _is_cut_off(database):
        raise damaged(database, "it is shorter than it was")


def check_tables(database: Database) -> None:
    """Refuse a database without tables in a folder that has indexes, and one of a newer Carrel.

    Raises:
        StoreError: there are no tables, because the write-ahead log was taken away, or they are not known here.
    """
    indexed = _has_indexes(database.path.parent)
    with database.reading() as connection:
        known = inspect(connection).has_table("alembic_version")
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None
    if found is None and indexed:
        raise gone(database.path)
    if found is not None and found > schema.HEAD:
        raise StoreError(
            f"{database.path} was written by a newer Carrel (its tables are of migration {found}, this one knows up to "
            f"{schema.HEAD}); nothing was changed: upgrade Carrel"
        )


def create_folder(folder: Path) -> None:
    """Make the folder of a collection, if it is not there.

    Raises:
        StoreError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"The folder {folder} cannot be made: {error.strerror}; choose another with --home") from error


def identity(database: Path) -> tuple[int, int]:
    """Return what tells this file from any other that may stand under its name later.

    Raises:
        StoreError: there is no such file.
    """
    try:
        found = database.stat()
    except OSError as error:
        raise gone(database) from error
    return found.st_dev, found.st_ino


def _is_cut_off(database: Path) -> bool:
    """Compare the size with the header's (SQLite file format, section 1.3), which SQLite does to whole pages only.

    While a write-ahead log is being copied back, the header may be ahead of the file.
    """
    with database.open("rb") as stream:
        header = stream.read(100)
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0") or header[24:28] != header[92:96]:
        return False
    page_size = int.from_bytes(header[16:18], "big")
    expected = int.from_bytes(header[28:32], "big") * (65_536 if page_size == 1 else page_size)
    return database.stat().st_size < expected and not file_size(database.with_name(f"{database.name}-wal"))


def _has_indexes(folder: Path) -> bool:
    return any(next(iter((folder / name).glob("*")), None) is not None for name in _INDEXES)
