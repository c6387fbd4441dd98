"""Files that come through the browser: kept in a folder of the home, which is synced like any other."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path, PurePosixPath

from carrel.errors import UserError
from carrel.indexing.converters import FORMATS, format_of
from carrel.indexing.converters.document import sanitize
from carrel.types import SourceRecord

FOLDER = "uploads"
_LONGEST_NAME = 180
"""In bytes: file systems take 255, and a name may get a number."""


def upload_folder(home: Path, collection: str) -> Path:
    """Return the folder of what was uploaded to a collection, existing or not."""
    return home / FOLDER / collection


def keep_upload(folder: Path, name: str, data: bytes | memoryview) -> Path:
    """Keep a file, in place of one of the same name, and return where it is.

    Raises:
        UserError: it is empty, or of no kind that can be read; nothing was kept.
    """
    clean = safe_name(name)
    if format_of(clean) is None:
        known = " ".join(sorted(FORMATS))
        raise UserError(f"{clean} is of no kind that can be read; those are {known}")
    if not len(data):
        raise UserError(f"{clean} is empty; there is nothing to index in it")
    folder.mkdir(parents=True, exist_ok=True)
    aside, file = folder / f".{os.getpid()}.partial", folder / clean
    aside.write_bytes(data)
    aside.replace(file)
    return file


def safe_name(name: str) -> str:
    """Return a file name without folders and invisible characters, short enough for a file system.

    Raises:
        UserError: nothing is left of it.
    """
    last = PurePosixPath(sanitize(name).replace("\\", "/")).name
    visible = "".join(sign for sign in unicodedata.normalize("NFC", last) if unicodedata.category(sign)[0] != "C")
    plain = visible.strip().lstrip(".~$ ")
    suffix = PurePosixPath(plain).suffix
    stem = plain.removesuffix(suffix).encode()[: _LONGEST_NAME - len(suffix.encode())].decode(errors="ignore")
    if not stem.strip():
        raise UserError("A file without a name cannot be kept: give it one that has letters or digits")
    return stem.strip() + suffix


def forget_uploads(folder: Path, records: list[SourceRecord]) -> None:
    """Remove the files of uploaded sources, so that the next sync does not bring them back."""
    for record in records:
        if record.root == str(folder.resolve()):
            file = folder / record.uri
            if file.resolve().parent == folder.resolve():
                file.unlink(missing_ok=True)
