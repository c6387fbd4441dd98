"""carrel eval pipeline."""

from __future__ import annotations

from collections.abc import Mapping

import click

from carrel.cli import evaluation
from carrel.cli.output import table


@click.command("pipeline")
@evaluation.measured
@click.option("--retriever-top-k", type=click.IntRange(1, 200), help="Passages to read (default: from the settings).")
def command(request: evaluation.Request, retriever_top_k: int | None) -> None:
    """Ask the questions of a whole collection, no paragraph given; says which stage lost what was lost."""
    _, settings = evaluation.settings_of(request.home)
    read = retriever_top_k or settings.ask.retriever_top_k
    plan = request.plan("pipeline", {"retriever_top_k": read, "top_k": settings.ask.top_k})
    [run] = evaluation.carry_out(request, [plan])
    evaluation.show([run], as_json=request.as_json, questions=request.questions)
    if not request.as_json:
        click.echo(f"\nWhere the loss of {run.further['blame_of']} comes from, times 100:\n")
        click.echo(waterfall(run.metrics[run.further["blame_of"]]["value"], run.further["blame"]))
        answers, violations = run.further["answers"], run.further["offset_violations"]
        click.echo(f"\nanswers {answers}, not at their offsets {violations}")


def waterfall(value: float, shares: Mapping[str, float]) -> str:
    """Return the way from 100 down to the score as a table whose parts add up."""
    from carrel.eval.blame import waterfall_points

    reached = 100.0
    rows: list[list[object]] = []
    for name, points in waterfall_points(value, shares, decimals=2).items():
        reached -= points
        if points:
            rows.append([name, f"{-points:+8.2f}", f"{reached:7.2f}"])
    return table(rows, ["stage", "  points", " leaves"])
