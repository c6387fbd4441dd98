"""Writing files so that a crash leaves the old one or the new one."""

from __future__ import annotations

import os
from pathlib import Path


def write_aside(path: Path, content: bytes) -> None:
    """Write a file aside and rename it into place; it is on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}.new")
    with aside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(path)


def sync_file(path: Path) -> None:
    """See what was written to a file onto the disk."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def file_size(path: Path) -> int:
    """Return the size of a file in bytes; 0 if it has just gone."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def folder_size(path: Path) -> int:
    """Return the bytes of all files under a folder."""
    return sum(file_size(entry) for entry in path.rglob("*") if entry.is_file())
