"""Noticing that something changed under the paths of a job, without reading it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from carrel.indexing.sources import discover

Stamp = tuple[int, int, int]


class Watched:
    """Paths that are looked at again and again; a look costs one file status for each file, and no lease."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = list(paths)
        self._seen: Mapping[Path, Stamp] | None = None

    def changed(self) -> bool:
        """Tell whether a file came, went or was written to since the last look; the first look says so always.

        Raises:
            UserError: a path is missing or cannot be read.
        """
        before, self._seen = self._seen, self._look()
        return self._seen != before

    def forget(self) -> None:
        """Let the next look say that something changed, because what was seen could not be indexed."""
        self._seen = None

    def _look(self) -> dict[Path, Stamp]:
        found: dict[Path, Stamp] = {}
        for file in discover(self._paths).files:
            try:
                status = file.path.stat()
            except OSError:
                continue  # it went while we looked: the next look has it or has it not
            found[file.path] = (status.st_mtime_ns, status.st_ctime_ns, status.st_size)
        return found
