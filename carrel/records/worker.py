"""The worker: takes jobs out of the queue and runs them, one after another."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from carrel.records.job import Job
from carrel.records.queue import Claim, JobLostError, JobQueue
from carrel.records.running import JobFunction, run_claimed

POLL_SECONDS = 1.0
"""How often an idle worker looks for work."""

_log = logging.getLogger(__name__)


class Worker:
    """Runs the jobs whose names are registered in `functions`; others are left to other workers."""

    def __init__(self, queue: JobQueue, functions: Mapping[str, JobFunction]) -> None:
        self._queue = queue
        self._functions = functions

    def work(
        self,
        stop: threading.Event,
        *,
        once: bool = False,
        on_begin: Callable[[Job], None] | None = None,
        on_end: Callable[[Job], None] | None = None,
    ) -> None:
        """Run jobs until `stop` is set, or, with `once`, until nothing is due.

        A job that runs when `stop` is set ends between two batches and goes back into the queue.
        """
        while not stop.is_set():
            claim = self._queue.claim(self._functions.keys())
            if claim is None:
                if once:
                    break
                stop.wait(POLL_SECONDS)
                continue
            if on_begin:
                on_begin(claim.job)
            job = self._run(claim, stop)
            if job is not None and on_end:
                on_end(job)

    def _run(self, claim: Claim, stop: threading.Event) -> Job | None:
        try:
            return run_claimed(self._queue, claim, self._functions[claim.job.name], stop)
        except JobLostError as error:
            _log.warning("%s", error)
            return None
