"""carrel optimize."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from carrel.cli import options
from carrel.cli.output import emit_json, shown_progress, table

if TYPE_CHECKING:
    from carrel.eval.optimization import Optimization

PAGE = "tradeoff.html"


@click.command("optimize")
@click.argument("model")
@click.option("--on", "dataset", help="Labelled questions to measure on (default: some made of Python's manual).")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the exports (default: MODEL-optimized)."
)
@click.option("--limit", default=500, show_default=True, type=click.IntRange(2), help="Questions for the quality.")
@click.option("--calls", default=60, show_default=True, type=click.IntRange(2), help="Timed calls a round.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1), help="Rounds, the forms in turn.")
@click.option("--threads", default=0, show_default=True, type=click.IntRange(0), help="Threads (0: every core).")
@click.option("--seed", default=0, show_default=True, type=int)
@options.as_json
def command(
    model: str,
    dataset: str,
    out: Path | None,
    limit: int,
    calls: int,
    rounds: int,
    threads: int,
    seed: int,
    as_json: bool,
) -> None:
    """Export MODEL in every precision and show what each costs and brings (needs carrel[torch]).

    MODEL is a folder, a hub name or a packaged model whose weights are here. The exports, 'optimization.json' and
    'tradeoff.html' stand in the folder; name one of the exports as CARREL_MODELS__READER (or ENCODER) to use it.
    """
    from carrel.datasets import open_dataset
    from carrel.eval.optimization import OptimizationArguments, optimize
    from carrel.eval.report.tradeoff import tradeoff_page
    from carrel.eval.standby_questions import standby_questions

    folder = out or Path(f"{Path(model).name}-optimized")
    data = open_dataset(dataset, on_bad="skip") if dataset else standby_questions()
    arguments = OptimizationArguments(calls=calls, rounds=rounds, limit=limit, seed=seed, threads=threads)
    with shown_progress() as bar:
        outcome = optimize(model, folder, data, arguments, lambda done, total: bar("measuring", done, total, "forms"))
    (folder / PAGE).write_text(tradeoff_page(outcome), encoding="utf-8")
    if as_json:
        emit_json({**outcome.to_json(), "out": str(folder), "page": str(folder / PAGE)})
    else:
        _show(outcome, folder)


def _show(outcome: Optimization, folder: Path) -> None:
    from carrel.eval.report.tradeoff import header, row

    click.echo(f"{outcome.kind} {outcome.model}, {outcome.questions} questions; quality and agreement times 100\n")
    click.echo(table([row(form) for form in outcome.forms], header(outcome)))
    click.echo(f"\nThe exports and the picture ({PAGE}) stand in {folder}")
