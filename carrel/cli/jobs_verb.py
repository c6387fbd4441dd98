"""carrel jobs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carrel.cli import options
from carrel.cli.output import emit_json

if TYPE_CHECKING:
    from carrel.records.job import Job
    from carrel.records.queue import JobQueue

_home = click.option(
    "--home", type=click.Path(path_type=Path), help="Folder that holds everything (default: CARREL_HOME)."
)
_number = click.argument("number", type=int, metavar="JOB")


@click.group("jobs")
def command() -> None:
    """List, show, cancel and retry jobs, queued ones and those of running commands."""


@command.command("list")
@click.option("--collection", help="Only the jobs of this collection.")
@click.option("--unfinished", is_flag=True, help="Only what waits or runs.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Jobs to show at most.")
@_home
@options.as_json
def list_(collection: str | None, unfinished: bool, limit: int, home: Path | None, as_json: bool) -> None:
    """List jobs, newest first."""
    with _queue(home) as queue:
        jobs = queue.jobs(collection=collection, unfinished=unfinished, limit=limit)
    if as_json:
        emit_json({"jobs": [job_json(job) for job in jobs]})
        return
    for job in jobs:
        click.echo(job_line(job))
    if not jobs:
        click.echo("There are no jobs.")


@command.command()
@_number
@_home
@options.as_json
def show(number: int, home: Path | None, as_json: bool) -> None:
    """Show everything that is known of JOB."""
    with _queue(home) as queue:
        job = queue.get(number)
    if as_json:
        emit_json(job_json(job))
        return
    click.echo(job_line(job))
    for name in ("created", "started", "updated", "finished"):
        if (value := getattr(job, name)) is not None:
            click.echo(f"  {name:<9} {datetime.fromtimestamp(value).astimezone():%Y-%m-%d %H:%M:%S%z}")
    click.echo(f"  attempts  {job.attempts}" + (f", {job.owner}" if job.owner else ""))
    for name, value in (*job.arguments.items(), *(job.result or {}).items()):
        click.echo(f"  {name:<12} {value}")


@command.command()
@_number
@_home
@options.as_json
def cancel(number: int, home: Path | None, as_json: bool) -> None:
    """Cancel JOB: at once while it waits, between two batches while it runs."""
    with _queue(home) as queue:
        _tell(queue.cancel(number), as_json=as_json)


@command.command()
@_number
@_home
@options.as_json
def retry(number: int, home: Path | None, as_json: bool) -> None:
    """Queue JOB again, after it has ended in whatever way."""
    with _queue(home) as queue:
        _tell(queue.retry(number), as_json=as_json)


def job_json(job: Job) -> dict[str, Any]:
    """Return a job in the shape that every interface gives it."""
    return {**asdict(job), "seconds": job.seconds}


def job_line(job: Job) -> str:
    """Return a job in one line: number, state, what it does and how far it is."""
    progress = job.progress
    state = "cancelling" if job.cancelling and job.state == "running" else job.state
    parts = [
        f"{job.id:>5}  {state:<11} {job.name} {job.collection}",
        " ".join(map(str, job.arguments.get("paths", ()))),
    ]
    if progress.stage and job.finished is None:
        total = "" if progress.total is None else f" of {progress.total}"
        parts.append(f"{progress.stage} {progress.done}{total} {progress.unit}")
        parts += [f"{progress.rate:.1f}/s"] if progress.rate else []
        parts += [f"{progress.remaining:.0f} s left"] if progress.remaining else []
        parts += [progress.source] if progress.source else []
    elif job.result and "indexed" in job.result:
        parts.append(f"{job.result['indexed']} indexed, {job.result['failures']} failed")
    return "  ".join(part for part in (*parts, job.error or "") if part)


def _tell(job: Job, *, as_json: bool) -> None:
    if as_json:
        emit_json(job_json(job))
    else:
        click.echo(job_line(job))


@contextmanager
def _queue(home: Path | None) -> Iterator[JobQueue]:
    from carrel.platform.jobs import open_queue
    from carrel.settings import Settings, default_home

    folder = home.expanduser() if home else default_home()
    with open_queue(folder, Settings.load(folder)) as queue:
        yield queue
