"""What an indexing job did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol


class Progress(Protocol):
    """Hears how far a job is: `done` of `total` units of a stage (None: not known), and the source at work."""

    def __call__(self, stage: str, done: int, total: int | None, unit: str, source: str = "", /) -> None: ...


ShouldStop = Callable[[], bool]
"""Asked between sources and between batches whether to end early."""

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

    def begin(self, source: str) -> None:
        """Note which source is worked on now."""
        self._tell(source)

    def advance(self, source: str) -> None:
        """Note that one more is done."""
        self._done += 1
        self._tell(source)

    def _tell(self, source: str) -> None:
        if self._on_progress:
            self._on_progress("indexing", self._done, max(self._total, self._done), "sources", source)


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
    indexed and unchanged ones hold now, `skipped` the files in folders that are of no known kind, by suffix;
    `undivided` names files that could hold rows but lack their text field, each of which is one document: only where
    fields of rows were named; `embedded` counts the texts that got a vector. A job that was `stopped` early did a
    part; the next does the rest.
    """

    sources: int
    indexed: int
    unchanged: int
    deleted: int
    failed: tuple[Failure, ...]
    passages: int
    seconds: float
    skipped: Mapping[str, int] = field(default_factory=dict)
    undivided: tuple[str, ...] = ()
    embedded: int = 0
    stopped: bool = False

    def finished(self, *, embedded: int, stopped: bool, seconds: float) -> IndexReport:
        """Return the report with the vectors and the time of the whole command."""
        return replace(self, embedded=embedded, stopped=stopped, seconds=seconds)

    def to_json(self) -> dict[str, Any]:
        """Return the report as it is printed."""
        lists = {"failed": [asdict(failure) for failure in self.failed], "undivided": list(self.undivided)}
        return {**asdict(self), **lists, "skipped": dict(self.skipped)}
