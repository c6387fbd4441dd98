"""How many passages and vectors a revision shows: counted once for a revision."""

from __future__ import annotations

import threading

from sqlalchemy import Connection

from carrel.stores.contract import Coverage
from carrel.stores.embedded.selection import count_visible
from carrel.stores.embedded.vector_rows import coverage


class Counts:
    """The counts of the revision that was asked for last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passages: tuple[int, int] | None = None
        self._coverage: tuple[int, list[Coverage]] | None = None

    def passages(self, connection: Connection, revision: int) -> int:
        """Return how many passages a revision shows."""
        with self._lock:
            if self._passages is None or self._passages[0] != revision:
                self._passages = (revision, count_visible(connection, revision))
            return self._passages[1]

    def coverage(self, connection: Connection, revision: int) -> list[Coverage]:
        """Return the coverage of every encoder at a revision."""
        with self._lock:
            if self._coverage is None or self._coverage[0] != revision:
                self._coverage = (revision, coverage(connection, revision))
            return list(self._coverage[1])
