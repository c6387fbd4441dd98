"""Running one job: its progress is written down while it runs, and it hears when it is to stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from sqlalchemy.exc import OperationalError

from carrel.errors import LeaseError, UserError
from carrel.records.job import Job, JobProgress, JobState
from carrel.records.queue import Claim, JobLostError, JobQueue

BEAT_SECONDS = 0.5
"""How often a running job writes its progress down and looks whether it is to be cancelled."""

BUSY_SECONDS = 5.0
"""After what time a job is tried again whose collection is being written to by another process."""

_log = logging.getLogger(__name__)


class JobRun:
    """What a running job talks to: `progress` is told how far it is, `should_stop` asked between batches.

    Both cost next to nothing, so they may be called as often as one likes.
    """

    def __init__(self, queue: JobQueue, claim: Claim, stop: threading.Event, *, beat: float = BEAT_SECONDS) -> None:
        self.job = claim.job
        self.cancelled = False
        self.lost = False
        self.stopped = False
        self._queue = queue
        self._claim = claim
        self._stop = stop
        self._beat = beat
        self._now = JobProgress()
        self._stage_began = (0.0, 0)
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"job {claim.job.id}", daemon=True)

    def progress(self, stage: str, done: int, total: int | None, unit: str, source: str = "") -> None:
        """Take note that `done` of `total` units of a stage are finished, and of the source that is worked on."""
        now = time.monotonic()
        if stage != self._now.stage:
            self._stage_began = (now, done)
        began, done_before = self._stage_began
        rate = (done - done_before) / (now - began) if now - began > 0 and done > done_before else None
        remaining = (total - done) / rate if rate and total is not None else None
        self._now = JobProgress(stage, done, total, unit, source or None, rate, remaining)

    def should_stop(self) -> bool:
        """Tell the job whether to end now, with what it has done; what is half done should be finished first."""
        if self._stop.is_set() or self.cancelled or self.lost:
            self.stopped = True
        return self.stopped

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        self._thread.join()
        if not self.lost:
            self._tell()

    def _watch(self) -> None:
        while not self._left.wait(self._beat) and not self.lost:
            self._tell()

    def _tell(self) -> None:
        try:
            self.cancelled = self._queue.beat(self._claim, self._now) or self.cancelled
        except JobLostError:
            self.lost = True
        except OperationalError as error:  # a database that is busy now is told at the next beat
            _log.warning("the progress of job %s could not be written down: %s", self.job.id, error)


JobFunction = Callable[[Job, JobRun], Mapping[str, Any]]
"""What a job's name stands for: does the work, and returns its result as JSON. Stopped early, it can be called again
and goes on where it was."""


def run_claimed(queue: JobQueue, claim: Claim, function: JobFunction, stop: threading.Event) -> Job:
    """Run a job that was claimed, and return it as it ended.

    It goes back into the queue when `stop` was set before its end, or when another process holds its collection.

    Raises:
        JobLostError: it was given to another worker.
    """
    run = JobRun(queue, claim, stop)
    try:
        with run:
            result = function(claim.job, run)
    except LeaseError as error:
        return queue.release(claim, delay=BUSY_SECONDS, reason=str(error))
    except UserError as error:
        return queue.finish(claim, JobState.FAILED, error=str(error))
    except Exception as error:  # noqa: BLE001  # a job may raise anything, and the worker goes on
        _log.exception("job %s (%s) failed", claim.job.id, claim.job.name)
        return queue.finish(claim, JobState.FAILED, error=f"{type(error).__name__}: {error}")
    except BaseException:
        queue.release(claim)
        raise
    return _ended(queue, claim, run, result)


def run_here(queue: JobQueue, claim: Claim, function: JobFunction, stop: threading.Event) -> Job:
    """Run a job that was claimed for a caller who waits for it: what it raises is recorded and raised.

    When `stop` was set before its end, it counts as cancelled.
    """
    run = JobRun(queue, claim, stop)
    try:
        with run:
            result = function(claim.job, run)
    except BaseException as error:
        state = JobState.FAILED if isinstance(error, Exception) else JobState.CANCELLED
        if not run.lost:
            with _what_was_raised_counts_more(run):
                queue.finish(claim, state, error=str(error) or type(error).__name__)
        raise
    if stop.is_set() and run.stopped:
        return queue.finish(claim, JobState.CANCELLED, result=result)
    return _ended(queue, claim, run, result)


@contextmanager
def _what_was_raised_counts_more(run: JobRun) -> Iterator[None]:
    """Do not let a database that takes nothing hide why a job failed: the disk may be full for both."""
    try:
        yield
    except OperationalError as error:
        _log.warning("the end of job %s could not be written down: %s", run.job.id, error)


def _ended(queue: JobQueue, claim: Claim, run: JobRun, result: Mapping[str, Any]) -> Job:
    if run.lost:
        raise JobLostError(f"job {claim.job.id} was given to another worker")
    if run.cancelled and run.stopped:
        return queue.finish(claim, JobState.CANCELLED, result=result)
    if run.stopped:
        return queue.release(claim)
    return queue.finish(claim, JobState.DONE, result=result)
