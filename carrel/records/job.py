"""A job as the records know it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from carrel.owners import Owner


class JobState(StrEnum):
    """Where a job stands. `interrupted` is what a running one is called whose worker is gone; it is taken up again."""

    QUEUED = "queued"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINISHED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job is in its stage: `rate` in units a second, `remaining` in seconds; None where it is not known."""

    stage: str | None = None
    done: int | None = None
    total: int | None = None
    unit: str | None = None
    source: str | None = None
    rate: float | None = None
    remaining: float | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work: the name it is registered under, what it is called with, and what became of it.

    Times are in seconds since the epoch; `attempts` counts how often it was begun; `owner` is the process that runs it
    or ran it last; `error` is a sentence for a person.
    """

    id: int
    name: str
    collection: str
    arguments: Mapping[str, Any]
    state: JobState
    progress: JobProgress
    created: float
    started: float | None
    finished: float | None
    updated: float
    attempts: int
    owner: str | None
    cancelling: bool
    result: Mapping[str, Any] | None
    error: str | None

    @property
    def seconds(self) -> float | None:
        """How long it has been running, or ran; None before it begins."""
        if self.started is None:
            return None
        return (self.finished or (self.updated if self.state is JobState.INTERRUPTED else time.time())) - self.started


def job_of(row: Any) -> Job:
    """Return the job of a row of `jobs`."""
    return Job(
        id=row.id,
        name=row.name,
        collection=row.collection,
        arguments=row.arguments,
        state=JobState.INTERRUPTED if is_abandoned(row) else JobState(row.state),
        progress=JobProgress(row.stage, row.done, row.total, row.unit, row.source, row.rate, row.remaining),
        created=row.created,
        started=row.started,
        finished=row.finished,
        updated=row.updated,
        attempts=row.attempts,
        owner=None if row.pid is None else str(owner_of(row)),
        cancelling=row.cancelling,
        result=row.result,
        error=row.error,
    )


def owner_of(row: Any) -> Owner:
    """Return the process that holds, or held, the job of a row."""
    return Owner(row.host, row.pid_space, row.pid)


def is_abandoned(row: Any) -> bool:
    """Tell whether a job is marked as running while its worker is gone."""
    return row.state == JobState.RUNNING and (row.expires < time.time() or owner_of(row).is_dead)
