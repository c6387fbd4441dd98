"""Numbers as people read them."""

from __future__ import annotations

from datetime import datetime

from carrel.records.job import Job, JobState

_SURE = ((0.9, "very likely right"), (0.7, "likely right"), (0.4, "may be right"), (0.15, "doubtful"), (0.0, "a guess"))
_UNITS = ("bytes", "KB", "MB", "GB")
_JOBS = {"delete": "Deleting", "evaluate": "Evaluation", "index": "Indexing"}


def sureness(confidence: float | None) -> str:
    """Return a calibrated probability in words; without one, that nothing is known."""
    if confidence is None:
        return "how sure is not known"
    return next(words for least, words in _SURE if confidence >= least)


def percent(share: float) -> str:
    """Return a share without claiming a certainty that nothing has."""
    return "under 1 %" if share < 0.01 else "over 99 %" if share > 0.99 else f"{100 * share:.0f} %"


def seconds(taken: float) -> str:
    """Return a time that somebody waited for."""
    return f"{taken:.2f} s" if taken < 10 else f"{taken:.0f} s" if taken < 120 else f"{taken / 60:.0f} min"


def moment(when: float) -> str:
    """Return a time of day and, unless it is today's, the date, where the server stands."""
    then = datetime.fromtimestamp(when).astimezone()
    return f"{then:%H:%M}" if then.date() == datetime.now().astimezone().date() else f"{then:%Y-%m-%d %H:%M}"


def size(count: int | None) -> str:
    """Return a number of bytes."""
    if count is None:
        return ""
    amount, unit = float(count), 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.0f} {_UNITS[unit]}" if unit == 0 or amount >= 10 else f"{amount:.1f} {_UNITS[unit]}"


def many(count: int, one: str, more: str | None = None) -> str:
    """Return a count with its noun."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def job_title(job: Job) -> str:
    """Return what a job does."""
    return _JOBS.get(job.name, job.name)


def job_place(job: Job) -> str:
    """Return how far a job is, or how it ended."""
    progress = job.progress
    if job.state is JobState.QUEUED:
        return job.error or "waits for the worker"
    if job.state is JobState.FAILED:
        return job.error or "failed"
    if job.state in (JobState.RUNNING, JobState.INTERRUPTED):
        return _progress(job) if progress.stage else "begins"
    if job.result and "indexed" in job.result:
        return _indexed(job)
    if job.result and "run" in job.result:
        return f"run {job.result['run']}: {job.result['stage']} on {job.result['dataset']}"
    return "cancelled" if job.state is JobState.CANCELLED else "done"


def _progress(job: Job) -> str:
    now = job.progress
    total = f" of {now.total:,}" if now.total is not None else ""
    left = f", {seconds(now.remaining)} left" if now.remaining is not None and now.remaining >= 2 else ""
    return f"{now.stage} {now.done or 0:,}{total} {now.unit or ''}{left}"


def _indexed(job: Job) -> str:
    result = job.result or {}
    parts = [f"{result['indexed']:,} indexed", f"{result['unchanged']:,} unchanged"]
    parts += [f"{result['deleted']:,} gone"] if result.get("deleted") else []
    parts += [f"{result['failures']:,} failed"] if result.get("failures") else []
    return ("cancelled: " if job.state is JobState.CANCELLED else "") + ", ".join(parts)
