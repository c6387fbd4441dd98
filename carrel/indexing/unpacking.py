"""How much may come out of one archive: members, bytes, and times its own size."""

from __future__ import annotations

from typing import Protocol

from carrel.errors import ConversionError
from carrel.settings import ConversionSettings

_MEGABYTE = 1 << 20
_HARMLESS = 64 * _MEGABYTE
"""Bytes that may come out of an archive of any size."""


class BudgetError(ConversionError):
    """More comes out of an archive than may."""

    def __init__(self, reason: str) -> None:
        super().__init__("archive too large", reason)


class Budget:
    """Counts what has come out of an archive of `size` bytes, and of the archives in it."""

    def __init__(self, limits: ConversionSettings, size: int) -> None:
        self._limits = limits
        self._most = limits.archive_mb * _MEGABYTE
        self._most_by_ratio = max(_HARMLESS, limits.archive_ratio * size)
        self._members = 0
        self._bytes = 0

    def count_member(self) -> None:
        """Note one more file.

        Raises:
            BudgetError: there are more than there may be.
        """
        self._members += 1
        if self._members > self._limits.archive_members:
            setting = "CARREL_CONVERSION__ARCHIVE_MEMBERS"
            raise BudgetError(f"The archive holds more than {self._limits.archive_members:,} files ({setting})")

    def count_bytes(self, count: int) -> None:
        """Note what was unpacked.

        Raises:
            BudgetError: it is more than may be.
        """
        self._bytes += count
        if self._bytes > self._most:
            limit = f"{self._limits.archive_mb} MB (CARREL_CONVERSION__ARCHIVE_MB)"
            raise BudgetError(f"The archive unpacks to more than {limit}")
        if self._bytes > self._most_by_ratio:
            limit = f"{self._limits.archive_ratio} times its size (CARREL_CONVERSION__ARCHIVE_RATIO)"
            raise BudgetError(f"The archive unpacks to more than {limit}")


class Readable(Protocol):
    """What bytes can be read from, in order."""

    def read(self, size: int = -1, /) -> bytes: ...


class Metered:
    """A stream whose bytes are counted as they are read."""

    def __init__(self, stream: Readable, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, size: int = -1, /) -> bytes:
        """Read up to `size` bytes, a part at a time, so that the budget is met before memory is."""
        parts = []
        while size and (part := self._stream.read(_MEGABYTE if size < 0 else min(size, _MEGABYTE))):
            self._budget.count_bytes(len(part))
            parts.append(part)
            size -= len(part) if size > 0 else 0
        return b"".join(parts)
