"""The file that holds a backup: a ZIP archive with its members' checksums in a manifest, which comes last.

It is written and read as a stream, so that a collection of any size needs no memory; any ZIP tool can open it.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from carrel.errors import BackupError

FORMAT = "carrel-backup"
VERSION = 1
"""Of the archive's layout; the database inside says its own."""

DATABASE = "store.db"
SETTINGS = "carrel.toml"
_MANIFEST = "manifest.json"
_CHUNK = 1 << 20
_DEFLATE_LEVEL = 1
"""Vectors hardly shrink at any level; texts do at the first."""
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, ValueError, TypeError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class Contents:
    """What the collection held at the revision of a backup; `vectors` counts passages by the encoder's fingerprint."""

    collection: str
    language: str | None
    schema: str
    revision: int
    sources: int
    passages: int
    vectors: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself: who made it and when (ISO 8601), what it holds, and its members' checksums."""

    made_by: str
    made_at: str
    contents: Contents
    members: Mapping[str, Mapping[str, Any]]


def write_archive(path: Path, members: Mapping[str, Path], contents: Contents, *, made_by: str, made_at: str) -> None:
    """Write these files and their manifest into a new archive."""
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, compresslevel=_DEFLATE_LEVEL) as archive:
        sums = {name: _pack(archive, name, source) for name, source in members.items()}
        manifest = {"format": FORMAT, "version": VERSION, "made_by": made_by, "made_at": made_at}
        written = {**manifest, "contents": asdict(contents), "members": sums}
        archive.writestr(_MANIFEST, json.dumps(written, ensure_ascii=False, indent=1))


def read_manifest(path: Path) -> Manifest:
    """Return what a backup says of itself; reads its end only.

    Raises:
        BackupError: the file is missing, no backup, cut off, or of a newer format.
    """
    with _opened(path) as archive:
        return _manifest(path, archive)


def unpack(path: Path, folder: Path) -> Manifest:
    """Write the members of a backup into a folder, each compared with its checksum.

    Raises:
        BackupError: as `read_manifest`, or a member is damaged.
    """
    with _opened(path) as archive:
        manifest = _manifest(path, archive)
        for name in (DATABASE, SETTINGS):
            if name in manifest.members:
                _unpack(archive, name, folder / name, manifest.members[name])
    return manifest


def _pack(archive: zipfile.ZipFile, name: str, source: Path) -> dict[str, Any]:
    with source.open("rb") as stream, archive.open(name, "w", force_zip64=True) as member:
        return _copy(stream, member, source.stat().st_size)


def _unpack(archive: zipfile.ZipFile, name: str, target: Path, expected: Mapping[str, Any]) -> None:
    with archive.open(name) as member, target.open("xb") as stream:
        found = _copy(member, stream, int(expected["size"]))
        excess = member.read(1)
    if excess or found != dict(expected):
        raise ValueError(f"its {name} does not have the checksum of its manifest")


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> dict[str, Any]:
    """Copy at most `size` bytes and return their number and checksum."""
    digest, left = hashlib.sha256(), size
    while left and (chunk := source.read(min(_CHUNK, left))):
        digest.update(chunk)
        target.write(chunk)
        left -= len(chunk)
    return {"size": size - left, "sha256": digest.hexdigest()}


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive for reading; whatever is wrong with it becomes one clear error."""
    if not path.is_file():
        raise BackupError(f"There is no backup {path}: 'carrel backup FILE' makes one")
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except BackupError:
        raise
    except _UNREADABLE as error:
        raise BackupError(
            f"{path} is no Carrel backup, or a damaged or incomplete one ({error}); nothing was changed: "
            "use another backup"
        ) from error


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    if _MANIFEST not in archive.namelist():
        raise ValueError(f"it has no {_MANIFEST}")
    read = json.loads(archive.read(_MANIFEST))
    if read["format"] != FORMAT:
        raise ValueError(f"it is of the format {read['format']!r}")
    if int(read["version"]) > VERSION:
        raise BackupError(
            f"{path} was made by a newer Carrel ({read['made_by']}, format {read['version']}; this one reads up to "
            f"{VERSION}): upgrade Carrel; nothing was changed"
        )
    if DATABASE not in read["members"]:
        raise ValueError(f"it holds no {DATABASE}")
    return Manifest(read["made_by"], read["made_at"], Contents(**read["contents"]), read["members"])
