"""carrel eval abstention."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from carrel.cli import options
from carrel.cli.output import ProgressBar, emit_json, table

if TYPE_CHECKING:
    from carrel.eval import EvalResult


@click.command("abstention")
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option(
    "--risk",
    default=0.1,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Share of the given answers that may be wrong.",
)
@click.option("--splits", default=20, show_default=True, type=click.IntRange(1), help="Random splits of the articles.")
@click.option("--limit", type=click.IntRange(1), help="Take a seeded sample of so many questions.")
@click.option("--seed", default=0, show_default=True, help="Seed of sample and splits.")
@click.option("--home", type=click.Path(path_type=Path), help="Folder whose settings hold (default: CARREL_HOME).")
@options.as_json
def command(
    dataset: Path,
    risk: float,
    splits: int,
    limit: int | None,
    seed: int,
    home: Path | None,
    as_json: bool,  # noqa: FBT001  a flag of the command line
) -> None:
    """Ask every question with its text in the collection and without; says whether a risk asked for is kept."""
    from carrel.datasets import open_dataset
    from carrel.eval import AbstentionArguments, evaluate_abstention, indexed_platform
    from carrel.settings import Settings, default_home

    data = open_dataset(dataset)
    arguments = AbstentionArguments(risk=risk, splits=splits, limit=limit, seed=seed)
    settings = Settings.load(home.expanduser() if home else default_home())
    bar = ProgressBar()
    try:
        with indexed_platform(data, settings=settings, on_progress=bar) as desk:
            result = evaluate_abstention(
                desk, data, arguments, lambda done, total: bar("asking", done, total, "questions")
            )
    finally:
        bar.close()
    if as_json:
        emit_json(result.to_json())
    else:
        _show(result, risk)


def _show(result: EvalResult, risk: float) -> None:
    further = result.further
    click.echo(f"{result.dataset}: {result.queries} times asked, at most {risk:.0%} of the answers to be wrong\n")
    rows = [
        [number, split["answered"], f"{split['wrong']:.1%}", f"{split['coverage']:.1%}"]
        for number, split in enumerate(further["splits"], start=1)
    ]
    click.echo(table(rows, ["split", "answered", "wrong among them", "of the answerable"]))
    click.echo(
        f"\nmore than {risk:.0%} wrong in {further['over']} of {len(rows)} splits; on average "
        f"{further['mean_wrong']:.1%} wrong, {further['mean_coverage']:.1%} of the answerable answered"
    )
    wrong, coverage = (result.metrics[name].value for name in ("wrong among answered", "coverage"))
    if wrong is not None:
        click.echo(f"the calibration in force, on all of them: {wrong:.1%} wrong, {coverage:.1%} answered")
