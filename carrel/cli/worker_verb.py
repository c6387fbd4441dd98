"""carrel worker."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from carrel.cli import options
from carrel.cli.interrupts import stop_on_signals
from carrel.cli.jobs_verb import job_json, job_line
from carrel.cli.output import emit_json

if TYPE_CHECKING:
    from carrel.records.job import Job


@click.command("worker")
@click.option("--once", is_flag=True, help="End when no job is due.")
@click.option("--home", type=click.Path(path_type=Path), help="Folder that holds everything (default: CARREL_HOME).")
@options.as_json
def command(once: bool, home: Path | None, as_json: bool) -> None:
    """Run queued jobs, oldest first, until Ctrl-C; the job that runs then goes back into the queue.

    A job whose worker died is taken up again and goes on where it was. Several workers may run.
    """
    from carrel.eval.job import evaluation_jobs
    from carrel.platform.jobs import job_functions, open_queue
    from carrel.platform.worker_presence import present_worker
    from carrel.records.worker import Worker
    from carrel.settings import Settings, default_home

    ended: list[Job] = []

    def on_end(job: Job) -> None:
        ended.append(job)
        click.echo(job_line(job), err=True)

    folder = home.expanduser() if home else default_home()
    with present_worker(folder), open_queue(folder, Settings.load(folder)) as queue, stop_on_signals() as stop:
        worker = Worker(queue, {**job_functions(folder), **evaluation_jobs(folder)})
        worker.work(stop, once=once, on_begin=lambda job: click.echo(job_line(job), err=True), on_end=on_end)
    if as_json:
        emit_json({"jobs": [job_json(job) for job in ended]})
    sys.exit(1 if any(job.state == "failed" or (job.result or {}).get("failed") for job in ended) else 0)
