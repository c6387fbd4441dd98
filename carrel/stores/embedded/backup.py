"""Backing up a collection while it is read and written: one revision of the truth, in one file.

Only the database goes in. Text and vector indexes are derived from it, vectors of every encoder are rows of it, so that
a backup is restored without a model.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from carrel.errors import BackupError
from carrel.sqlite import BUSY_SECONDS
from carrel.stores.embedded.backup_file import DATABASE, SETTINGS, Contents, write_archive
from carrel.stores.embedded.database_errors import explained
from carrel.stores.embedded.files import sync_file


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was written: where, its size in bytes, when (ISO 8601), and what it holds."""

    file: Path
    size: int
    made_at: str
    contents: Contents


def write_backup(folder: Path, file: Path, *, settings: Path | None = None, replace: bool = False) -> Backup:
    """Write the collection in `folder` to one file, aside first and then renamed; `settings` goes in if it exists.

    The file holds the newest revision at the moment of the call; readers and writers go on meanwhile. Beside it, the
    database needs its size in free space while the backup is made.

    Raises:
        BackupError: the file exists and may not be replaced, or cannot be written.
        StoreError: the collection's database is damaged or missing.
    """
    if file.exists() and not replace:
        raise BackupError(f"{file} exists already: name another file, or replace it with --force")
    if not file.parent.is_dir():
        raise BackupError(f"There is no folder {file.parent} to write the backup to")
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        with TemporaryDirectory(dir=file.parent, prefix=f".{file.name}-") as work:
            copy, aside = Path(work) / DATABASE, Path(work) / file.name
            copy_database(folder / DATABASE, copy)
            contents = read_contents(copy)
            members = {DATABASE: copy, **({SETTINGS: settings} if settings and settings.is_file() else {})}
            write_archive(aside, members, contents, made_by=f"carrel {version('carrel')}", made_at=made_at)
            sync_file(aside)
            aside.replace(file)
    except OSError as error:
        raise BackupError(f"The backup {file} cannot be written: {error.strerror or error}") from error
    return Backup(file, file.stat().st_size, made_at, contents)


def copy_database(source: Path, target: Path) -> None:
    """Copy the newest revision of a database into a new file, without what was purged and without its lease.

    `VACUUM INTO` reads one snapshot, so that other processes may write on.
    """
    with _connected(source) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    with _connected(target) as copy:
        copy.execute("UPDATE leases SET holder = NULL, expires = NULL")


def read_contents(database: Path) -> Contents:
    """Return what a database holds at its newest revision."""
    with _connected(database) as connection:
        name, language, revision = connection.execute("SELECT name, language, revision FROM collection").fetchone()
        [schema] = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        [sources] = connection.execute("SELECT count(*) FROM sources WHERE deleted IS NULL").fetchone()
        [passages] = connection.execute("SELECT count(*) FROM passages WHERE removed IS NULL").fetchone()
        vectors = connection.execute(_VECTORS).fetchall()
    return Contents(name, language, schema, revision, sources, passages, dict(vectors))


_VECTORS = """
    SELECT encoders.fingerprint, count(passages.key) FROM encoders
    LEFT JOIN embedded ON embedded.encoder = encoders.key
    LEFT JOIN passages ON passages.key = embedded.passage AND passages.removed IS NULL
    GROUP BY encoders.key ORDER BY encoders.fingerprint
"""


@contextmanager
def _connected(database: Path) -> Iterator[sqlite3.Connection]:
    """Connect to a database that is there; each statement is a transaction of its own."""
    try:
        opened = sqlite3.connect(
            f"{database.resolve().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None
        )
        with closing(opened) as connection:
            connection.execute("PRAGMA synchronous = OFF")  # the finished file is synced, not what it is made of
            yield connection
    except sqlite3.Error as error:
        raise explained(error, database) from error
