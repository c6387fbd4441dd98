"""carrel eval runs."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path

import click

from carrel.cli import evaluation, options
from carrel.cli.output import emit_json, table


@click.group("runs", invoke_without_command=True)
@evaluation.home
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="How many of the newest.")
@options.as_json
@click.pass_context
def command(ctx: click.Context, home: Path | None, limit: int, as_json: bool) -> None:
    """List the runs that were kept, newest first."""
    if ctx.invoked_subcommand is not None:
        return
    with evaluation.runs_of(home) as runs:
        found = runs.summaries(limit=limit)
    if as_json:
        emit_json({"runs": [dataclasses.asdict(run) for run in found]})
        return
    rows: list[list[object]] = []
    for run in found:
        when = datetime.fromtimestamp(run.created).astimezone().strftime("%Y-%m-%d %H:%M")
        name, estimate = next(iter(run.metrics.items()), ("", None))
        shown = f"{name} {evaluation.cell(estimate)}" if estimate else ""
        place = run.collection or "(its own texts)"
        rows.append([run.id, when, run.dataset, run.stage, run.system, place, run.questions, shown])
    click.echo(table(rows, ["run", "when", "dataset", "stage", "system", "collection", "queries", "result"]))


@command.command("show")
@click.argument("run_id", metavar="RUN", type=int)
@evaluation.home
@options.as_json
def show(run_id: int, home: Path | None, as_json: bool) -> None:
    """Show what a run was done with and what came out."""
    from carrel.eval.recording import run_json

    with evaluation.runs_of(home) as runs:
        run = runs.get(run_id)
    if as_json:
        shape = run_json(run, details=False)
        del shape["questions"]
        emit_json(shape)
        return
    evaluation.show([run])
    state = run.collection
    if state:
        click.echo(
            f"collection {state.name or 'of its own texts'}, revision {state.revision}, {state.passages} passages"
        )
    for name, value in {**run.models, **run.versions}.items():
        click.echo(f"{name} {value}")


@command.command("forget")
@click.argument("run_id", metavar="RUN", type=int)
@evaluation.home
@options.as_json
def forget(run_id: int, home: Path | None, as_json: bool) -> None:
    """Forget a run."""
    with evaluation.runs_of(home) as runs:
        runs.delete(run_id)
    if as_json:
        emit_json({"run": run_id, "forgotten": True})
    else:
        click.echo(f"run {run_id} is forgotten")
