"""The queue of jobs that belongs to a home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from carrel.settings import Settings

if TYPE_CHECKING:
    from carrel.records.job import Job
    from carrel.records.queue import JobQueue


@contextmanager
def open_queue(home: Path, settings: Settings) -> Iterator[JobQueue]:
    """Open the queue, in the home's own file or in the database that the settings name."""
    from carrel.records.database import Records
    from carrel.records.queue import JobQueue

    records = Records.at(home, settings.records.url)
    try:
        yield JobQueue(records)
    finally:
        records.close()


def unfinished_jobs(home: Path, settings: Settings, collection: str) -> tuple[Job, ...]:
    """Return the jobs of a collection that wait or run; none where nobody has recorded any yet."""
    from carrel.records.database import FILE

    if not settings.records.url and not (home / FILE).is_file():
        return ()
    with open_queue(home, settings) as queue:
        return tuple(queue.jobs(collection=collection, unfinished=True))
