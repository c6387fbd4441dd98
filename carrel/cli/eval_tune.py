"""carrel eval tune."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from carrel.cli import evaluation, options
from carrel.cli.output import ProgressBar, emit_json, table

if TYPE_CHECKING:
    from carrel.eval.tune import Tuning

_SHOWN = 8


@click.command("tune")
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("--split", help="Split of a BEIR folder to choose on (default: test).")
@click.option("--report-split", help="Split of a BEIR folder to report on (default: the queries are divided in two).")
@click.option("--metric", default="nDCG@10", show_default=True, help="The measure to choose by.")
@click.option(
    "--max-tokens", "sizes", multiple=True, type=click.IntRange(16, 4096), help="A splitting size to try as well."
)
@click.option("--limit", type=click.IntRange(2), help="Take so many queries of either half.")
@click.option("--seed", default=0, show_default=True, help="Seed of the division.")
@click.option("--collection", help="Search this collection (default: index the dataset's own texts).")
@evaluation.home
@options.as_json
def command(
    dataset: Path,
    split: str | None,
    report_split: str | None,
    metric: str,
    sizes: tuple[int, ...],
    limit: int | None,
    seed: int,
    collection: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Choose mode, fusion, weight, candidates and splitting size by measurement.

    Settings are chosen on one part of the queries and reported on another, with a paired test against the settings in
    force. Other splitting sizes need the dataset's own texts, because a collection has one.
    """
    from carrel.datasets import open_dataset
    from carrel.eval.plan import opened_desk
    from carrel.eval.tune import tune

    if sizes and collection:
        raise click.UsageError("--max-tokens splits the dataset's texts anew: leave --collection out")
    place, settings = evaluation.settings_of(home)
    choosing = open_dataset(dataset, split)
    reporting = open_dataset(dataset, report_split) if report_split else choosing
    bar = ProgressBar()
    try:
        tuning = tune(
            lambda chosen: opened_desk(choosing, collection, place, chosen, on_index=bar),
            choosing,
            reporting,
            settings,
            measure=metric,
            sizes=sizes,
            limit=limit,
            seed=seed,
            on_progress=lambda done, total: bar("searching", done, total, "queries"),
        )
    finally:
        bar.close()
    if as_json:
        emit_json({"dataset": choosing.name, **tuning.to_json()})
    else:
        _show(tuning)


def _show(tuning: Tuning) -> None:
    from carrel.eval.tune import settings_lines

    rows = [[str(choice), evaluation.cell(estimate.to_json())] for choice, estimate in tuning.tried[:_SHOWN]]
    click.echo(f"The best of {len(tuning.tried)} on the queries for choosing, times 100:\n")
    click.echo(table(rows, ["settings", tuning.measure]))
    before, after = (evaluation.cell(estimate.to_json()) for estimate in tuning.reported)
    click.echo(f"\nOn the other queries: in force {before}, chosen {after}")
    difference = evaluation.cell(tuning.comparison.difference.to_json())
    click.echo(f"difference {difference}: {tuning.comparison.verdict}")
    click.echo(f"\n{settings_lines(tuning.chosen)}")
