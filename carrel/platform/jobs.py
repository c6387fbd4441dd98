"""Jobs of the platform: what their names stand for, and running one here and now by the same code as a worker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from carrel.errors import UserError
from carrel.indexing.report import IndexReport, Progress, ShouldStop
from carrel.indexing.watching import Watched
from carrel.platform.job_queue import open_queue
from carrel.platform.platform import Platform
from carrel.platform.schedule import Every, in_rounds
from carrel.records.job import Job
from carrel.records.running import JobFunction, JobRun, run_here

__all__ = ["DELETE", "INDEX", "IndexRequest", "index_here", "job_functions", "open_queue"]

INDEX = "index"
DELETE = "delete"

WATCH_SECONDS = 2.0
"""How often the files of a watched folder are looked at."""

_FAILURES_KEPT = 100
"""How many failures a job's result names; the ledger has all of them."""

OnRound = Callable[[IndexReport | UserError], None]


@dataclass(frozen=True, slots=True)
class IndexRequest:
    """What an indexing job is asked to do; without paths, it tries again what failed.

    With `watch`, the paths are indexed whenever something changed under them; with `every`, after so many minutes.
    """

    paths: tuple[str, ...] = ()
    id_field: str | None = None
    title_field: str | None = None
    text_field: str | None = None
    embed: bool = True
    again: bool = False
    watch: bool = False
    every: float | None = None

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> IndexRequest:
        """Return the request that a job's arguments stand for."""
        return cls(**{**arguments, "paths": tuple(arguments["paths"])})

    def arguments(self) -> dict[str, Any]:
        """Return the request as a job's arguments: JSON, with paths that mean the same in every process."""
        return {**asdict(self), "paths": [str(Path(path).expanduser().absolute()) for path in self.paths]}

    def run(
        self, desk: Platform, *, on_progress: Progress, should_stop: ShouldStop, on_round: OnRound | None = None
    ) -> IndexReport:
        """Do it: once, or in rounds until told to stop; then the last round's report is returned."""

        def once() -> IndexReport:
            return self._index(desk, on_progress, should_stop)

        if not self.watch and self.every is None:
            return once()
        trigger = Watched([Path(path) for path in self.paths]) if self.every is None else Every(60 * self.every)
        return in_rounds(once, trigger, should_stop, look_every=WATCH_SECONDS, on_round=on_round or _say_nothing)

    def _index(self, desk: Platform, on_progress: Progress, should_stop: ShouldStop) -> IndexReport:
        options: dict[str, Any] = {
            "id_field": self.id_field,
            "title_field": self.title_field,
            "text_field": self.text_field,
            "embed": self.embed,
            "on_progress": on_progress,
            "should_stop": should_stop,
        }
        if not self.paths:
            return desk.retry_failed(**options)
        return desk.index(self.paths, again=self.again, **options)


def job_functions(home: Path) -> dict[str, JobFunction]:
    """Return what a worker of this home can run, by the names of the jobs."""

    def index(job: Job, run: JobRun) -> Mapping[str, Any]:
        with Platform(home, collection=job.collection) as desk:
            request = IndexRequest.of(job.arguments)
            return _result(request.run(desk, on_progress=run.progress, should_stop=run.should_stop))

    def delete(job: Job, _run: JobRun) -> Mapping[str, Any]:
        with Platform(home, collection=job.collection) as desk:
            present = [source for source in job.arguments["sources"] if desk.store.source(source) is not None]
            return {"deleted": desk.delete(present) if present else 0}

    return {INDEX: index, DELETE: delete}


def index_here(
    desk: Platform,
    request: IndexRequest,
    stop: threading.Event,
    *,
    on_progress: Progress | None = None,
    on_round: OnRound | None = None,
) -> IndexReport:
    """Run an indexing job in this process, where it can be seen and cancelled like any other.

    `on_round` hears what became of each round of a job that goes on.

    Raises:
        UserError, LeaseError: as `Platform.index`.
    """
    reports: list[IndexReport] = []

    def index(_job: Job, run: JobRun) -> Mapping[str, Any]:
        def progress(stage: str, done: int, total: int | None, unit: str, source: str = "", /) -> None:
            run.progress(stage, done, total, unit, source)
            if on_progress:
                on_progress(stage, done, total, unit, source)

        reports.append(request.run(desk, on_progress=progress, should_stop=run.should_stop, on_round=on_round))
        return _result(reports[0])

    with open_queue(desk.home, desk.settings) as queue:
        run_here(queue, queue.begin(INDEX, desk.collection, request.arguments()), index, stop)
    return reports[0]


def _result(report: IndexReport) -> dict[str, Any]:
    """Return a report as a job's result: with how many failed, and the first of them."""
    shown = report.to_json()
    return {**shown, "failures": len(report.failed), "failed": shown["failed"][:_FAILURES_KEPT]}


def _say_nothing(_: IndexReport | UserError) -> None:
    pass
