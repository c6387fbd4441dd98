"""The home folder: where collections, models and records live."""

from __future__ import annotations

import re
from pathlib import Path

from carrel.errors import UnknownCollectionError, UserError
from carrel.stores.embedded.presence import check_database

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


def checked_collection(name: str) -> str:
    """Return the name if a collection may have it.

    Raises:
        UserError: it may not; names are folder names on every system.
    """
    if not _NAME.fullmatch(name):
        raise UserError(
            f"No collection can be called {name!r}: use at most 63 lower-case letters, digits, '.', '_' and '-', "
            "with a letter or digit first"
        )
    return name


def collection_folder(home: Path, name: str) -> Path:
    """Return the folder of a collection, existing or not."""
    return home / "collections" / checked_collection(name)


def collections(home: Path) -> list[str]:
    """Return the names of the collections of a home, sorted."""
    found = (folder.parent.name for folder in (home / "collections").glob("*/store.db"))
    return sorted(name for name in found if _NAME.fullmatch(name))


def require_collection(home: Path, name: str) -> Path:
    """Return the folder of a collection that exists.

    Raises:
        UnknownCollectionError: it does not; the message lists those that do.
        StoreError: its indexes are there, and its database is not.
    """
    folder = collection_folder(home, name)
    check_database(folder)
    if (folder / "store.db").is_file():
        return folder
    existing = collections(home)
    known = f"this home has {', '.join(existing)}" if existing else "this home has none yet"
    raise UnknownCollectionError(
        f"There is no collection {name!r} in {home} ({known}): index something first with 'carrel index PATH'"
    )
