"""Restoring a backup: everything is made ready beside the collection, then the two change places."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert, select, text, update

from carrel.errors import BackupError, StoreError
from carrel.stores.embedded.backup_file import DATABASE, SETTINGS, Manifest, read_manifest, unpack
from carrel.stores.embedded.database import Database
from carrel.stores.embedded.folder_switch import put_in_place
from carrel.stores.embedded.leases import WRITE, Leases
from carrel.stores.embedded.presence import check_tables
from carrel.stores.embedded.renaming import rename_collection
from carrel.stores.embedded.schema import leases
from carrel.stores.embedded.store import EmbeddedStore


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was restored: what it said of itself, and the settings that came with it (None: none did)."""

    manifest: Manifest
    settings: bytes | None


def restore_backup(file: Path, folder: Path, *, collection: str, replace: bool = False) -> Restored:
    """Make `folder` hold the collection of a backup, under the name `collection`, searchable at once.

    Checksums are compared and indexes built in a folder beside it, which is then put in its place; whatever fails
    before, the old collection is untouched. A job that is writing to it is waited for by nobody: the call fails.
    Processes that have the old one open see the new one at their next call, and a job that wrote to it is refused.

    Raises:
        BackupError: the file is no backup, damaged, or of a newer format; or there is a collection already.
        LeaseError: another process is writing to the collection that is to be replaced.
    """
    manifest = read_manifest(file)
    if folder.exists() and any(folder.iterdir()) and not replace:
        raise BackupError(
            f"There is a collection in {folder} already: restore under another name with --collection, or replace it "
            "with --force; nothing was changed"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        newest_token = stack.enter_context(_held(folder))
        work = stack.enter_context(_folder_beside(folder))
        unpack(file, work)
        settings = _taken(work / SETTINGS)
        _make_ready(work, collection, after_token=newest_token)
        _build_indexes(work, collection, manifest.contents.language)
        old = put_in_place(work, folder)
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)
    return Restored(manifest, settings)


@contextmanager
def _folder_beside(folder: Path) -> Iterator[Path]:
    """A new folder on the same disk, gone again when the block is left; no collection's name begins with a dot."""
    work = folder.with_name(f".{folder.name}-{uuid.uuid4().hex}.restoring")
    try:
        work.mkdir()
    except OSError as error:
        raise BackupError(f"Nothing can be restored into {folder.parent}: {error.strerror}") from error
    try:
        yield work
    except OSError as error:
        raise BackupError(f"The backup cannot be restored: {error.strerror or error}; nothing was changed") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[int]:
    """Keep others from writing to the collection that is to be replaced; yields the newest fencing token.

    A database that cannot be read any more has no lease to respect.
    """
    if not (folder / DATABASE).is_file():
        yield 0
        return
    with ExitStack() as stack:
        token = 0
        try:
            database = Database(folder / DATABASE)
            stack.callback(database.close)
            token = stack.enter_context(Leases(database).hold("carrel restore", seconds=60.0, wait=0.0)).token
        except StoreError:
            token = 0
        yield token


def _taken(path: Path) -> bytes | None:
    """Return the content of a file and remove it; None if there is none."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    path.unlink()
    return content


def _make_ready(folder: Path, name: str, *, after_token: int) -> None:
    """Check and migrate the database, name it, and let no lease of the replaced collection count here."""
    database = Database(folder / DATABASE)
    try:
        with database.reading() as connection:
            found = connection.execute(text("PRAGMA quick_check(1)")).scalar()
        if found != "ok":
            raise BackupError(f"the backup holds a damaged database ({found}); nothing was changed: use another backup")
        check_tables(database)
        database.migrate()
        with database.writing() as connection:
            rename_collection(connection, name)
            row = connection.execute(select(leases).where(leases.c.name == WRITE)).one_or_none()
            if row is None:
                connection.execute(insert(leases).values(name=WRITE, token=after_token + 1))
            else:
                token = max(row.token, after_token) + 1
                connection.execute(update(leases).where(leases.c.name == WRITE).values(token=token))
    finally:
        database.close()


def _build_indexes(folder: Path, name: str, language: str | None) -> None:
    """Build the text index and the vector indexes of every encoder from the database."""
    store = EmbeddedStore(folder, collection=name, language=language)
    try:
        store.build_indexes()
    finally:
        store.close()
