"""carrel eval compare."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carrel.cli import options
from carrel.cli.output import emit_json, table

if TYPE_CHECKING:
    from carrel.eval.compare import RunComparison, SavedRun
    from carrel.measures import Estimate

GATE_NOT_PASSED = 3
_SHOWN = 5


@click.command("compare")
@click.argument("runs", nargs=-1, required=True, metavar="A [B ...]")
@click.option("--metric", "metrics", multiple=True, help="Compare this measure only; may be given several times.")
@click.option(
    "--gate",
    "gates",
    multiple=True,
    metavar="METRIC",
    help="Exit with 3 if a run is shown to be worse by this measure.",
)
@click.option(
    "--smaller-is-better", "smaller", multiple=True, metavar="METRIC", help="A measure of which less is better."
)
@click.option("--alpha", default=0.05, show_default=True, type=click.FloatRange(0, 1, min_open=True, max_open=True))
@click.option("--seed", default=0, show_default=True, help="Seed of the resampling.")
@click.option("--home", type=click.Path(path_type=Path), help="Folder that holds everything (default: CARREL_HOME).")
@options.as_json
def command(
    runs: tuple[str, ...],
    metrics: tuple[str, ...],
    gates: tuple[str, ...],
    smaller: tuple[str, ...],
    alpha: float,
    seed: int,
    home: Path | None,
    as_json: bool,  # noqa: FBT001 - an option
) -> None:
    """Compare runs with the first one, question by question; each is a saved file or the number of a kept run.

    Each measure comes with the difference and its interval, a paired randomisation test (Holm's correction for several
    runs), and the smallest difference that so many questions would show in four of five cases. A gate fails on a
    proven regression only.
    """
    from carrel.eval.compare import compare_runs

    compared = compare_runs(
        [run for name in runs for run in saved_runs(name, home)],
        measures=list(dict.fromkeys((*metrics, *gates))) if metrics else (),
        smaller_is_better=smaller,
        alpha=alpha,
        seed=seed,
    )
    regressions = compared.regressions(gates)
    if as_json:
        emit_json({**compared.to_json(), **_gate_json(gates, regressions)})
    else:
        show_comparison(compared, gates, regressions)
    if regressions:
        sys.exit(GATE_NOT_PASSED)


def saved_runs(name: str, home: Path | None) -> list[SavedRun]:
    """Return the runs that a name stands for: the kept one with this number, or those of a file."""
    from carrel.eval.compare import kept_run, read_runs

    if not name.isdecimal() or Path(name).exists():
        return read_runs(name)
    from carrel.records.database import Records
    from carrel.records.runs import Runs
    from carrel.settings import Settings, default_home

    place = home.expanduser() if home else default_home()
    records = Records.at(place, Settings.load(place).records.url)
    try:
        return [kept_run(Runs(records).get(int(name)))]
    finally:
        records.close()


def _gate_json(gates: tuple[str, ...], regressions: list[tuple[str, str]]) -> dict[str, Any]:
    if not gates:
        return {}
    worse = [{"metric": metric, "system": system} for metric, system in regressions]
    return {"gate": {"metrics": list(gates), "passed": not regressions, "regressions": worse}}


def show_comparison(
    compared: RunComparison, gates: Sequence[str] = (), regressions: Sequence[tuple[str, str]] = ()
) -> None:
    """Print a comparison as a table, what could not be paired, and whether the gates were passed."""
    click.echo(f"{compared.dataset}; baseline {compared.baseline}; values times 100\n")
    rows = []
    for name, measure in compared.measures.items():
        for system, comparison in measure.comparisons.items():
            p, smallest = comparison.adjusted_p, comparison.smallest.value
            rows.append(
                [
                    name,
                    system,
                    _percent(measure.baseline.value),
                    _percent(measure.systems[system].value),
                    _with_interval(comparison.difference),
                    "-" if p is None else f"{p:.4f}",
                    "-" if smallest is None else f"{100 * smallest:.1f}",
                    comparison.verdict.value,
                ]
            )
    share = f"{100 * (1 - compared.alpha):g} %"
    header = ["measure", "run", "baseline", "run's", f"difference [{share}]", "p", "smallest shown", "verdict"]
    click.echo(table(rows, header))
    for system, unpaired in compared.unpaired.items():
        for where, questions in (("the baseline", unpaired.only_baseline), (system, unpaired.only_system)):
            if questions:
                more = ", ..." if len(questions) > _SHOWN else ""
                click.echo(f"only in {where}: {len(questions)} questions ({', '.join(questions[:_SHOWN])}{more})")
    if gates:
        worse = "; ".join(f"{system} is worse in {metric}" for metric, system in regressions)
        click.echo(f"gate not passed: {worse}" if worse else f"gate passed: no regression shown in {', '.join(gates)}")


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _with_interval(estimate: Estimate) -> str:
    if estimate.value is None:
        return "-"
    if estimate.low is None or estimate.high is None:
        return f"{100 * estimate.value:+.1f}"
    return f"{100 * estimate.value:+.1f} [{100 * estimate.low:+.1f}, {100 * estimate.high:+.1f}]"
