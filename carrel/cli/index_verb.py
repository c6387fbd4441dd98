"""carrel index."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from carrel.cli import options
from carrel.cli.interrupts import stop_on_signals
from carrel.cli.output import ProgressBar, emit_json
from carrel.errors import UserError

if TYPE_CHECKING:
    from carrel.indexing.report import IndexReport
    from carrel.platform import Platform
    from carrel.platform.jobs import IndexRequest

_KINDS = 8
"""How many suffixes of files that were left out are named."""


@click.command("index")
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option("--id-field", help="Field of a row that is its id (default: _id or id).")
@click.option("--title-field", help="Field of a row that is its title (default: title).")
@click.option("--text-field", help="Field of a row that is its text (default: text or content).")
@click.option("--embed/--no-embed", default=True, show_default=True, help="Make vectors after the text is searchable.")
@click.option("--again", is_flag=True, help="Convert, split and write anew what did not change.")
@click.option("--retry-failed", is_flag=True, help="Try again the sources that failed, and nothing else; without PATH.")
@click.option("--queue", is_flag=True, help="Leave the work to 'carrel worker'.")
@click.option("--watch", is_flag=True, help="Go on: index what changes under PATH when it does, until Ctrl-C.")
@click.option(
    "--every", type=click.FloatRange(0, min_open=True), metavar="MINUTES", help="Go on: index every so often."
)
@options.place
@options.as_json
def command(
    paths: tuple[str, ...],
    id_field: str | None,
    title_field: str | None,
    text_field: str | None,
    embed: bool,
    again: bool,
    retry_failed: bool,
    queue: bool,
    watch: bool,
    every: float | None,
    home: Path | None,
    collection: str,
    as_json: bool,
) -> None:
    """Convert, split, write and embed PATH...; files, folders, and JSONL or CSV files of rows.

    Folders are synced: new files are added, changed ones replaced, vanished ones removed. Running it again changes
    nothing; killed at any moment, the next run goes on. Words are searchable before the vectors are made.
    """
    from carrel.platform.jobs import IndexRequest

    _check(paths, retry_failed=retry_failed, queue=queue, watch=watch, every=every)
    request = IndexRequest(paths, id_field, title_field, text_field, embed=embed, again=again, watch=watch, every=every)
    with options.desk(home, collection) as desk:
        if queue:
            _queue(desk, request, as_json=as_json)
            return
        report = _run(desk, request)
    if as_json:
        emit_json(report.to_json())
    elif not (watch or every):
        _show(report)
    sys.exit(1 if report.failed or (report.stopped and not (watch or every)) else 0)


def _check(paths: tuple[str, ...], *, retry_failed: bool, queue: bool, watch: bool, every: float | None) -> None:
    if bool(paths) == retry_failed:
        raise UserError("Say what to index: files and folders, or --retry-failed, and not both")
    if sum((queue, watch, every is not None, retry_failed and not queue)) > 1:
        raise UserError("Use one of --queue, --watch, --every and --retry-failed (which goes with --queue)")


def _queue(desk: Platform, request: IndexRequest, *, as_json: bool) -> None:
    from carrel.platform.jobs import INDEX, open_queue

    with open_queue(desk.home, desk.settings) as queue:
        job = queue.add(INDEX, desk.collection, request.arguments())
    if as_json:
        emit_json({"job": job.id, "state": job.state})
    else:
        click.echo(f"job {job.id} is queued; 'carrel worker' runs it, 'carrel jobs show {job.id}' shows how far it is")


def _run(desk: Platform, request: IndexRequest) -> IndexReport:
    from carrel.platform.jobs import index_here

    progress = ProgressBar()

    def on_round(outcome: IndexReport | UserError) -> None:
        progress.close()
        if isinstance(outcome, UserError):
            click.echo(f"carrel: {' '.join(str(outcome).split())}; trying again", err=True)
        else:
            _show(outcome, err=True)

    try:
        with stop_on_signals() as stop:
            return index_here(desk, request, stop, on_progress=progress, on_round=on_round)
    finally:
        progress.close()


def _show(report: IndexReport, *, err: bool = False) -> None:
    click.echo(
        f"{report.sources} sources: {report.indexed} indexed, {report.unchanged} unchanged, "
        f"{report.deleted} deleted, "
        f"{len(report.failed)} failed; {report.passages} passages in {report.seconds:.1f} s",
        err=err,
    )
    for failure in report.failed:
        click.echo(f"  failed: {failure.source}: {failure.reason}", err=True)
    for source in report.undivided:
        click.echo(f"  one document: {source} has no field with the text of its rows; --text-field names it", err=True)
    if report.skipped:
        click.echo(f"  skipped: {_kinds(report.skipped)}", err=True)
    if report.stopped:
        click.echo("  stopped early: the same command does the rest", err=True)


def _kinds(skipped: Mapping[str, int]) -> str:
    """Say how many files there are of the commonest suffixes."""
    common = Counter(skipped).most_common(_KINDS)
    others = sum(skipped.values()) - sum(count for _, count in common)
    return ", ".join([*(f"{count} {suffix}" for suffix, count in common), *([f"{others} others"] if others else [])])
