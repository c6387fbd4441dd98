"""Reading the files in an archive, and in the archives in it, one at a time and within bounds; nothing is unpacked."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from carrel.errors import ConversionError
from carrel.indexing.converters.document import sanitize
from carrel.indexing.converters.formats import Format, format_of
from carrel.indexing.unpacking import Budget, BudgetError, Metered, Readable
from carrel.settings import ConversionSettings

SEPARATOR = "!/"
"""Stands between the name of an archive and that of a file in it."""

_HIDDEN = (".", "~$", "__MACOSX")
_DECOMPRESSORS: tuple[tuple[bytes, Callable[[IO[bytes]], Readable]], ...] = (
    (b"\x1f\x8b", lambda stream: gzip.GzipFile(fileobj=stream)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", lzma.LZMAFile),
)
_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError)
_LONGEST_BEGINNING = 6


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its path there, its format (None if it is none that we can convert) and its bytes.

    Archives in between stand in the name: `inner.zip!/notes.txt`. Where the bytes cannot be had, `error` says why.
    """

    name: str
    format: Format | None
    data: bytes = b""
    error: ConversionError | None = None


def read_archive(stream: IO[bytes], name: str, limits: ConversionSettings) -> Iterator[Member]:
    """Yield the files in an archive, without hidden ones; those of no known format come without their bytes.

    Raises:
        ConversionError: it is no archive or damaged, or holds more than `limits` allow; what came before stands.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if not size:
        raise ConversionError("no text", "The file is empty")
    reader = _Reader(limits, Budget(limits, size))
    names: Counter[str] = Counter()
    for member in reader.members(stream, name, depth=1):
        names[member.name] += 1
        count = names[member.name]
        yield member if count == 1 else Member(f"{member.name} ({count})", member.format, member.data, member.error)


class _Reader:
    """Reads archives of all kinds against one budget."""

    def __init__(self, limits: ConversionSettings, budget: Budget) -> None:
        self._limits = limits
        self._budget = budget

    def members(self, stream: IO[bytes], name: str, *, depth: int) -> Iterator[Member]:
        try:
            beginning = stream.read(_LONGEST_BEGINNING)
            stream.seek(0)
            if beginning.startswith(b"PK"):
                yield from self._zipped(stream, depth)
            else:
                yield from self._compressed(stream, beginning, name, depth)
        except _DAMAGED as error:
            raise ConversionError("damaged file", f"The archive cannot be read: {error}") from error

    def _zipped(self, stream: IO[bytes], depth: int) -> Iterator[Member]:
        with zipfile.ZipFile(stream) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                if info.flag_bits & 1:
                    error = ConversionError("password protected", "The file is encrypted in its archive")
                    yield from self._member(info.filename, error, depth)
                    continue
                try:
                    with archive.open(info) as content:
                        yield from self._member(info.filename, Metered(content, self._budget), depth)
                except (*_DAMAGED, RuntimeError) as error:
                    reason = f"The file is damaged in its archive: {error}"
                    yield from self._member(info.filename, ConversionError("damaged file", reason), depth)

    def _compressed(self, stream: IO[bytes], beginning: bytes, name: str, depth: int) -> Iterator[Member]:
        opener = next((opener for mark, opener in _DECOMPRESSORS if beginning.startswith(mark)), None)
        content = Metered(opener(stream) if opener else stream, self._budget)
        form = format_of(name)
        if opener is None or (form is not None and form.media_type == "application/x-tar"):
            yield from self._tarred(content, depth)
        else:
            yield from self._member(name.rpartition(".")[0] or name, content, depth)

    def _tarred(self, stream: Metered, depth: int) -> Iterator[Member]:
        with tarfile.open(fileobj=stream, mode="r|") as archive:  # type: ignore[call-overload]
            for info in archive:
                content = archive.extractfile(info) if info.isreg() else None
                if content is not None:
                    # What is left out of a sparse file does not pass through the stream.
                    yield from self._member(
                        info.name, Metered(content, self._budget) if info.issparse() else content, depth
                    )

    def _member(self, path: str, content: Readable | ConversionError, depth: int) -> Iterator[Member]:
        """Yield a file, or the files in it if it is an archive."""
        name = sanitize(path.replace("\\", "/")).lstrip("/").removeprefix("./")
        if any(part.startswith(_HIDDEN) for part in name.split("/")):
            return
        self._budget.count_member()
        form = format_of(name)
        if form is None:
            yield Member(name, None)
        elif isinstance(content, ConversionError):
            yield Member(name, form, error=content)
        elif form.archive and depth >= self._limits.archive_depth:
            reason = f"The archive lies {depth} archives deep (CARREL_CONVERSION__ARCHIVE_DEPTH)"
            yield Member(name, form, error=ConversionError("nested too deeply", reason))
        else:
            yield from self._read(name, form, content, depth)

    def _read(self, name: str, form: Format, content: Readable, depth: int) -> Iterator[Member]:
        most = self._limits.file_mb << 20
        data = content.read(most + 1)
        if len(data) > most:
            reason = f"The file has more than the {self._limits.file_mb} MB that one file may have"
            yield Member(name, form, error=ConversionError("file too large", reason))
        elif not form.archive:
            yield Member(name, form, data)
        else:
            yield from self._inner(name, form, data, depth)

    def _inner(self, name: str, form: Format, data: bytes, depth: int) -> Iterator[Member]:
        try:
            for member in self.members(io.BytesIO(data), name.rpartition("/")[2], depth=depth + 1):
                yield Member(f"{name}{SEPARATOR}{member.name}", member.format, member.data, member.error)
        except BudgetError:
            raise
        except ConversionError as error:
            yield Member(name, form, error=error)
