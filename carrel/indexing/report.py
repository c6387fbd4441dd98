"""What an indexing job did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

Progress = Callable[[str, int, int | None, str], None]
"""Called with (stage, units done, units in all if known, name of the unit)."""

_CHUNK = 1 << 20


class Steps:
    """Counts the sources that a job is through with, and tells whoever wants to know."""

    def __init__(self, on_progress: Progress | None, total: int) -> None:
        self._on_progress = on_progress
        self._total = total
        self._done = 0

    def expect_rows(self, path: Path) -> None:
        """Add the rows of a file to what is to come, as many as it has lines."""
        if self._on_progress:
            with path.open("rb") as stream:
                self._total += sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(_CHUNK), b""))

    def advance(self) -> None:
        """Note that one more is done."""
        self._done += 1
        if self._on_progress:
            self._on_progress("indexing", self._done, max(self._total, self._done), "sources")


@dataclass(frozen=True, slots=True)
class Failure:
    """A source that could not be indexed: `error` is the kind in a few words, `reason` the sentence for a person."""

    source: str
    error: str
    reason: str


@dataclass(frozen=True, slots=True)
class IndexReport:
    """The sources found and what became of them.

    `sources` is `indexed + unchanged + len(failed)`; `deleted` counts those that had vanished, `passages` what the
    indexed and unchanged ones hold now, `skipped` the files in folders that are of no known kind, by suffix.
    """

    sources: int
    indexed: int
    unchanged: int
    deleted: int
    failed: tuple[Failure, ...]
    passages: int
    seconds: float
    skipped: Mapping[str, int] = field(default_factory=dict)

    def finished(self, seconds: float) -> IndexReport:
        """Return the report with the time of the whole command."""
        return replace(self, seconds=seconds)

    def to_json(self) -> dict[str, Any]:
        """Return the report as it is printed."""
        return {**asdict(self), "failed": [asdict(failure) for failure in self.failed], "skipped": dict(self.skipped)}
