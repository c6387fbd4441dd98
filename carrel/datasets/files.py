"""Opening dataset files, plain or gzipped, with errors a user can act on."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from carrel.errors import DataFormatError


def find_file(path: Path) -> Path | None:
    """Return `path`, or `path` with `.gz` added, whichever is a file."""
    return next((p for p in (path, path.with_name(path.name + ".gz")) if p.is_file()), None)


def open_text(path: Path, newline: str | None = None) -> IO[str]:
    """Open `path`, or `path` with `.gz` added, as UTF-8 text (a byte order mark is dropped).

    Raises:
        DataFormatError: neither file exists.
    """
    found = find_file(path)
    if found is None:
        raise DataFormatError(f"No such dataset file: {path} (looked for {path.name}.gz too)")
    if found.suffix == ".gz":
        return cast("IO[str]", gzip.open(found, "rt", encoding="utf-8-sig", newline=newline))
    return found.open(encoding="utf-8-sig", newline=newline)


@contextmanager
def reading(path: Path, newline: str | None = None) -> Iterator[IO[str]]:
    """Open `path` as `open_text` does; whatever shows that it is no text file becomes a `DataFormatError`."""
    with open_text(path, newline) as handle:
        try:
            yield handle
        except (UnicodeDecodeError, gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataFormatError(f"{path} cannot be read as text: {type(error).__name__}: {error}") from error


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, line without its end) of every line that is not blank."""
    with reading(path) as handle:
        for number, line in enumerate(handle, start=1):
            if line.strip():
                yield number, line.rstrip("\n")


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number from 1, object) of a JSONL file, one line in memory at a time.

    Raises:
        DataFormatError: a line is not a JSON object; the message names the line.
    """
    for number, line in read_lines(path):
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataFormatError(f"{path}, line {number}: not JSON: {error.msg} at column {error.colno}") from error
        if not isinstance(record, dict):
            raise DataFormatError(f"{path}, line {number}: expected a JSON object, found {type(record).__name__}")
        yield number, record


def read_csv(path: Path, required: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (number of the record's last line, record) of a CSV file with a header.

    Raises:
        DataFormatError: a required column is missing, or a record is shorter or longer than the header.
    """
    with reading(path, newline="") as handle:
        rows = csv.DictReader(handle, strict=True)
        missing = [name for name in required if name not in (rows.fieldnames or ())]
        if missing:
            raise DataFormatError(f"{path}: the header has no column {', '.join(missing)}")
        try:
            for row in rows:
                if None in row or None in row.values():
                    raise DataFormatError(f"{path}, line {rows.line_num}: not as many fields as the header")
                yield rows.line_num, row
        except csv.Error as error:
            raise DataFormatError(f"{path}, line {rows.line_num}: not CSV: {error}") from error
