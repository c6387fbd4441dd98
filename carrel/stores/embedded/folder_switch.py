"""Putting a folder in the place of another, so that whoever looks finds the one or the other, whole."""

from __future__ import annotations

import ctypes
import os
import uuid
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def put_in_place(new: Path, target: Path) -> Path | None:
    """Rename `new` to `target`; returns where the folder that stood there is now, None if there was none.

    On Linux the two change names in one step. Elsewhere, and on file systems without that call, the old one is renamed
    first, and back if the second step fails.
    """
    if not target.exists():
        new.rename(target)
        _sync_folder(target.parent)
        return None
    old = new
    if not _exchange(new, target):
        old = target.with_name(f".{target.name}-{uuid.uuid4().hex}.replaced")
        target.rename(old)
        try:
            new.rename(target)
        except OSError:
            old.rename(target)
            raise
    _sync_folder(target.parent)
    return old


def _exchange(one: Path, other: Path) -> bool:
    """Let two paths change places at once (renameat2, Linux 3.15, glibc 2.28); False where that cannot be done."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    return bool(rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0)


def _sync_folder(folder: Path) -> None:
    """See the names of a folder onto the disk, where the system lets folders be opened."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
