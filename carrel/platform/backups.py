"""Backups of one collection as one file, and putting them back."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from carrel.platform.home import collection_folder, require_collection
from carrel.settings import SETTINGS_FILE, Settings
from carrel.stores.embedded.backup import Backup, write_backup
from carrel.stores.embedded.backup_file import Contents, read_manifest
from carrel.stores.embedded.restore import restore_backup


@dataclass(frozen=True, slots=True)
class RestoredCollection:
    """A collection that was restored: its name, when the backup was made (ISO 8601), and what it holds.

    `notes` says what a user should know: settings that differ from those in force when the backup was made.
    """

    collection: str
    made_at: str
    contents: Contents
    notes: tuple[str, ...] = ()


def back_up(home: Path, collection: str, file: Path, *, replace: bool) -> Backup:
    """Write a collection and the home's settings to one file."""
    folder = require_collection(home, collection)
    return write_backup(folder, file.expanduser().absolute(), settings=home / SETTINGS_FILE, replace=replace)


def restore(home: Path, collection: str, file: Path, *, replace: bool) -> RestoredCollection:
    """Put a backup in the place of a collection; settings that came with it are taken where the home has none."""
    folder = collection_folder(home, collection)
    restored = restore_backup(file.expanduser(), folder, collection=collection, replace=replace)
    contents = restored.manifest.contents
    notes = (*_settle(home / SETTINGS_FILE, restored.settings), *_about_language(home, contents.language or "none"))
    return RestoredCollection(collection, restored.manifest.made_at, contents, notes)


def collection_in(file: Path) -> str:
    """Return the name of the collection that a backup holds.

    Raises:
        BackupError: the file is missing, no backup, cut off, or of a newer format.
    """
    return read_manifest(file.expanduser()).contents.collection


def _settle(file: Path, settings: bytes | None) -> tuple[str, ...]:
    if settings is None:
        return ()
    if not file.exists():
        file.write_bytes(settings)
        return (f"{file.name} of the backup was put into {file.parent}",)
    if _tables(file.read_bytes()) == _tables(settings):
        return ()
    return (f"{file} differs from the one in the backup and was kept: 'unzip -p BACKUP {file.name}' shows the other",)


def _about_language(home: Path, language: str) -> tuple[str, ...]:
    set_here = Settings.load(home).index.language
    if set_here == language:
        return ()
    return (f"its texts were analysed as {language}: set index.language to {language!r}, here it is {set_here!r}",)


def _tables(content: bytes) -> object:
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return content
