"""The queue of jobs: adding, claiming, watching over, cancelling and retrying them."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from carrel.errors import CarrelError, UnknownJobError, UserError
from carrel.owners import Owner
from carrel.records.database import Records
from carrel.records.job import FINISHED, Job, JobProgress, JobState, is_abandoned, job_of
from carrel.records.schema import jobs

LEASE_SECONDS = 30.0
"""How long a worker may be silent before its job is given to another."""

MOST_ATTEMPTS = 3
"""How often a job may end with its worker: what kills every worker is not begun again."""


class JobLostError(CarrelError):
    """A job was given to another worker, because this one was silent for too long."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run a job, until `token` is no longer the job's."""

    job: Job
    token: int


class JobQueue:
    """The jobs of one home, oldest first; all methods may be called from several threads and processes."""

    def __init__(self, records: Records, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._records = records
        self.lease_seconds = lease_seconds

    def add(self, name: str, collection: str, arguments: Mapping[str, Any]) -> Job:
        """Queue a job; `arguments` are JSON."""
        with self._records.writing() as connection:
            return _add(connection, name, collection, arguments)

    def begin(self, name: str, collection: str, arguments: Mapping[str, Any]) -> Claim:
        """Claim a job for this process at once: an interrupted one that is the same, or a new one."""
        same = select(jobs).where(
            jobs.c.state == JobState.RUNNING, jobs.c.name == name, jobs.c.collection == collection
        )
        with self._records.writing() as connection:
            rows = [row for row in connection.execute(same) if is_abandoned(row) and row.arguments == arguments]
            job_id = rows[0].id if rows else _add(connection, name, collection, arguments).id
            claim = self._take(connection, _row(connection, job_id))
        if claim is None:
            return self.begin(name, collection, arguments)
        return claim

    def claim(self, names: Collection[str]) -> Claim | None:
        """Claim the next job with one of these names: an interrupted one, or the oldest that is due; None without any.

        An interrupted job that has cost several workers is failed instead.
        """
        while True:
            with self._records.writing() as connection:
                row = _next(connection, names)
                if row is None:
                    return None
                if row.state == JobState.RUNNING and row.cancelling:
                    _finish(connection, row, JobState.CANCELLED)
                elif row.state == JobState.RUNNING and row.attempts >= MOST_ATTEMPTS:
                    _finish(connection, row, JobState.FAILED, error=_deadly(row))
                elif claim := self._take(connection, row):
                    return claim

    def beat(self, claim: Claim, progress: JobProgress) -> bool:
        """Say that the worker lives and how far it is; returns whether the job is to be cancelled.

        Raises:
            JobLostError: the job is somebody else's by now.
        """
        now = time.time()
        values = {**asdict(progress), "expires": now + self.lease_seconds, "updated": now}
        with self._records.writing() as connection:
            _update_held(connection, claim, values)
            return bool(_row(connection, claim.job.id).cancelling)

    def finish(
        self, claim: Claim, state: JobState, *, result: Mapping[str, Any] | None = None, error: str | None = None
    ) -> Job:
        """Record how a job ended.

        Raises:
            JobLostError: the job is somebody else's by now.
        """
        now = time.time()
        values = {"state": state, "result": result, "error": error, "finished": now, "updated": now}
        with self._records.writing() as connection:
            _update_held(connection, claim, {**values, "remaining": None, "expires": None})
            return job_of(_row(connection, claim.job.id))

    def release(self, claim: Claim, *, delay: float = 0.0, reason: str | None = None) -> Job:
        """Put a job back, to be taken up by any worker after `delay` seconds; it does not count as an attempt.

        Raises:
            JobLostError: the job is somebody else's by now.
        """
        now = time.time()
        values = {"state": JobState.QUEUED, "not_before": now + delay, "updated": now, "error": reason}
        with self._records.writing() as connection:
            _update_held(connection, claim, {**values, "expires": None, "attempts": jobs.c.attempts - 1})
            return job_of(_row(connection, claim.job.id))

    def get(self, job_id: int) -> Job:
        """Return a job.

        Raises:
            UnknownJobError: there is none with this number.
        """
        with self._records.reading() as connection:
            return job_of(_row(connection, job_id))

    def jobs(self, *, collection: str | None = None, unfinished: bool = False, limit: int = 100) -> list[Job]:
        """Return the newest jobs, newest first."""
        query = select(jobs).order_by(jobs.c.id.desc()).limit(limit)
        if collection is not None:
            query = query.where(jobs.c.collection == collection)
        if unfinished:
            query = query.where(jobs.c.state.not_in(FINISHED))
        with self._records.reading() as connection:
            return [job_of(row) for row in connection.execute(query)]

    def cancel(self, job_id: int) -> Job:
        """Cancel a job: at once if nobody runs it, else as soon as its worker is between two batches.

        Raises:
            UnknownJobError: there is none with this number.
            UserError: it has ended.
        """
        with self._records.writing() as connection:
            row = _row(connection, job_id)
            if row.state in FINISHED:
                raise UserError(f"Job {job_id} is {row.state} already; there is nothing to cancel")
            if row.state == JobState.QUEUED or is_abandoned(row):
                _finish(connection, row, JobState.CANCELLED)
            else:
                connection.execute(update(jobs).where(jobs.c.id == job_id).values(cancelling=True))
            return job_of(_row(connection, job_id))

    def retry(self, job_id: int) -> Job:
        """Queue a job again that has ended.

        Raises:
            UnknownJobError: there is none with this number.
            UserError: it has not ended.
        """
        with self._records.writing() as connection:
            row = _row(connection, job_id)
            if row.state not in FINISHED:
                raise UserError(f"Job {job_id} is {job_of(row).state}; only what has ended can be tried again")
            nothing = dict.fromkeys((*JobProgress.__dataclass_fields__, "started", "finished", "result", "error"))
            values = {"state": JobState.QUEUED, "not_before": 0.0, "attempts": 0, "cancelling": False}
            connection.execute(update(jobs).where(jobs.c.id == job_id).values(**nothing, **values, updated=time.time()))
            return job_of(_row(connection, job_id))

    def _take(self, connection: Connection, row: Any) -> Claim | None:
        """Make a job this process's; None if another was faster."""
        now = time.time()
        values = {
            "state": JobState.RUNNING,
            "token": row.token + 1,
            "attempts": row.attempts + 1,
            "started": row.started or now,
            "updated": now,
            "expires": now + self.lease_seconds,
            "error": None,
            **asdict(Owner.of_this_process()),
        }
        mine = update(jobs).where(jobs.c.id == row.id, jobs.c.token == row.token, jobs.c.state == row.state)
        if not connection.execute(mine.values(**values)).rowcount:
            return None
        return Claim(job_of(_row(connection, row.id)), row.token + 1)


def _add(connection: Connection, name: str, collection: str, arguments: Mapping[str, Any]) -> Job:
    now = time.time()
    values = {
        "name": name,
        "collection": collection,
        "arguments": dict(arguments),
        "state": JobState.QUEUED,
        "created": now,
        "not_before": now,
        "attempts": 0,
        "token": 0,
        "cancelling": False,
        "updated": now,
    }
    added = connection.execute(insert(jobs).values(**values).returning(jobs.c.id)).scalar_one()
    return job_of(_row(connection, added))


def _row(connection: Connection, job_id: int) -> Any:
    row = connection.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()
    if row is None:
        raise UnknownJobError(f"There is no job {job_id}; 'carrel jobs list' shows those there are")
    return row


def _next(connection: Connection, names: Collection[str]) -> Any:
    """Return the row of the job that is next: an abandoned one before those that wait."""
    mine = select(jobs).where(jobs.c.name.in_(names)).order_by(jobs.c.id)
    running = connection.execute(mine.where(jobs.c.state == JobState.RUNNING))
    abandoned = next((row for row in running if is_abandoned(row)), None)
    if abandoned is not None:
        return abandoned
    due = mine.where(jobs.c.state == JobState.QUEUED, jobs.c.not_before <= time.time()).limit(1)
    return connection.execute(due).one_or_none()


def _finish(connection: Connection, row: Any, state: JobState, *, error: str | None = None) -> None:
    """End a job that nobody runs."""
    now = time.time()
    ended = {"state": state, "error": error, "finished": now, "updated": now, "token": row.token + 1, "expires": None}
    connection.execute(update(jobs).where(jobs.c.id == row.id, jobs.c.token == row.token).values(**ended))


def _update_held(connection: Connection, claim: Claim, values: Mapping[str, Any]) -> None:
    held = update(jobs).where(jobs.c.id == claim.job.id, jobs.c.token == claim.token, jobs.c.state == JobState.RUNNING)
    if not connection.execute(held.values(**values)).rowcount:
        raise JobLostError(f"job {claim.job.id} was given to another worker, because this one was silent for too long")


def _deadly(row: Any) -> str:
    place = f" while {row.stage}" if row.stage else ""
    source = f" ({row.source})" if row.source else ""
    return (
        f"Its worker died {row.attempts} times, the last time{place}{source}; 'carrel jobs retry {row.id}' tries again"
    )
