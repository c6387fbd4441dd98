"""Telling index files that are what was written from those that something else wrote over.

Reading whole files at every opening would take longer than most searches. So a checksum is compared only where a file
changed after the small file that was written last and names it; `carrel verify` compares them all.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from carrel.stores.embedded.files import write_aside

SUMS = ".sums"
"""Suffix of the file that holds the checksums of the files of one vector segment."""

_PARTS_OF_TEXT_SEGMENT = ("idx", "pos", "term", "store", "fast", "fieldnorm")
_FOOTER_MAGIC = 1337
_CHUNK = 1 << 20


def write_sums(folder: Path, name: str, files: Sequence[Path]) -> None:
    """Write down the sizes and checksums of the files of a segment, after these."""
    sums = {path.name: [path.stat().st_size, _checksum(path, path.stat().st_size)] for path in files}
    write_aside(folder / f"{name}{SUMS}", json.dumps(sums).encode())


def check_sums(folder: Path, name: str, *, all_files: bool = False) -> None:
    """Compare the files of a segment with what was written down; `all_files` compares unchanged ones too.

    Raises:
        OSError, ValueError: a file is missing, or is not what was written.
    """
    noted = folder / f"{name}{SUMS}"
    for file, (size, expected) in json.loads(noted.read_bytes()).items():
        path = folder / file
        if path.stat().st_size != size:
            raise ValueError(f"{path} is {path.stat().st_size} bytes long, not {size}")
        if all_files or _is_newer(path, noted):
            _compare(path, size, expected, noted)


def check_text_files(folder: Path, *, all_files: bool = False) -> None:
    """Compare the files of a tantivy index with the checksums that they end with.

    Raises:
        OSError, ValueError, KeyError, TypeError: a file is missing, or is not what was written.
    """
    meta = folder / "meta.json"
    while True:
        before = meta.read_bytes()
        try:
            for path in _text_files(folder, before):
                if all_files or _is_newer(path, meta):
                    _compare(path, *_footer(path), meta)
        except (OSError, ValueError):
            if meta.read_bytes() != before:  # a commit came in between, and removed what it replaced
                continue
            raise
        return


def _text_files(folder: Path, meta: bytes) -> Iterator[Path]:
    """Yield the files of the segments that a commit names; each must be there."""
    for segment in json.loads(meta)["segments"]:
        name = segment["segment_id"].replace("-", "")
        parts = list(_PARTS_OF_TEXT_SEGMENT)
        if segment["deletes"]:
            parts.append(f"{segment['deletes']['opstamp']}.del")
        for part in parts:
            path = folder / f"{name}.{part}"
            path.stat()
            yield path


def _footer(path: Path) -> tuple[int, int]:
    """Return how long the body of a tantivy file is and its CRC-32, from the JSON that ends the file."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - 8))
        length, magic = (int.from_bytes(part, "little") for part in (stream.read(4), stream.read(4)))
        if magic != _FOOTER_MAGIC or length + 8 > size:
            raise ValueError(f"{path} was cut off or written over")
        stream.seek(size - 8 - length)
        return size - 8 - length, int(json.loads(stream.read(length))["crc"])


def _compare(path: Path, size: int, expected: int, noted: Path) -> None:
    if _checksum(path, size) != expected:
        raise ValueError(f"{path} does not have the checksum that was written down")
    if _is_newer(path, noted):
        with suppress(OSError):  # so that the next opening of a copied folder need not read it again
            os.utime(path, ns=(path.stat().st_atime_ns, noted.stat().st_mtime_ns))


def _is_newer(path: Path, noted: Path) -> bool:
    return path.stat().st_mtime_ns > noted.stat().st_mtime_ns


def _checksum(path: Path, size: int) -> int:
    """Return the CRC-32 of the first `size` bytes."""
    found, left = 0, size
    with path.open("rb") as stream:
        while left and (chunk := stream.read(min(_CHUNK, left))):
            found = zlib.crc32(chunk, found)
            left -= len(chunk)
    return found
