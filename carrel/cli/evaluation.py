"""What the measuring verbs of `carrel eval` share: their options, keeping runs, and showing results."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from carrel.cli.output import ProgressBar, emit_json, table

if TYPE_CHECKING:
    from carrel.datasets import Dataset
    from carrel.eval.plan import Plan
    from carrel.eval.result import Stage
    from carrel.records.run import RunRecord
    from carrel.records.runs import Runs
    from carrel.settings import Settings

home = click.option(
    "--home", type=click.Path(path_type=Path), help="Folder that holds everything (default: CARREL_HOME)."
)

_OPTIONS = (
    click.argument("dataset"),
    click.option("--split", help="Split of a dataset that holds several (BEIR folders: test)."),
    click.option(
        "--on-bad",
        type=click.Choice(["refuse", "skip"]),
        default="refuse",
        show_default=True,
        help="Refuse a dataset with bad entries, or leave them out and count them.",
    ),
    click.option("--limit", type=click.IntRange(1), help="Take a seeded sample of so many queries."),
    click.option("--seed", default=0, show_default=True, help="Seed of the sample."),
    click.option("--collection", help="Measure this collection as it is (default: index the dataset's own texts)."),
    click.option("--indexed", is_flag=True, help="The same for the collection called 'default'."),
    home,
    click.option("--keep/--no-keep", default=True, show_default=True, help="Keep the run in the home's records."),
    click.option("--questions", is_flag=True, help="With --json: the values of every single question too."),
    click.option("--json", "as_json", is_flag=True, help="Write one JSON object to standard output."),
)


@dataclass(frozen=True, slots=True)
class Request:
    """What every measuring verb is asked: on what, how much of it, where, and what becomes of the outcome."""

    dataset: str
    split: str | None
    on_bad: Literal["refuse", "skip"]
    limit: int | None
    seed: int
    collection: str | None
    indexed: bool
    home: Path | None
    keep: bool
    questions: bool
    as_json: bool

    @property
    def searched(self) -> str | None:
        """The collection to measure; None for the dataset's own texts."""
        return self.collection or ("default" if self.indexed else None)

    @property
    def sample(self) -> dict[str, int | None]:
        return {"limit": self.limit, "seed": self.seed}

    def plan(self, stage: Stage, arguments: Mapping[str, Any], *, searches: bool = True) -> Plan:
        """Return the plan of a stage with these arguments."""
        from carrel.datasets.formats import located
        from carrel.eval.plan import Plan

        searched = self.searched if searches else None
        return Plan(stage, located(self.dataset), self.split, searched, {**arguments, **self.sample}, self.on_bad)


def measured(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a request; the verb gets it as its first argument, before the options of its own."""

    @functools.wraps(function)
    def wrapped(**options: Any) -> None:
        own = {name: options.pop(name) for name in tuple(options) if name not in Request.__dataclass_fields__}
        function(Request(**options), **own)

    for decorator in reversed(_OPTIONS):
        wrapped = decorator(wrapped)
    return wrapped


def settings_of(folder: Path | None) -> tuple[Path, Settings]:
    """Return the home in force and its settings."""
    from carrel.settings import Settings, default_home

    place = folder.expanduser() if folder else default_home()
    return place, Settings.load(place)


@contextmanager
def runs_of(folder: Path | None) -> Iterator[Runs]:
    """Open the runs of a home."""
    from carrel.records.database import Records
    from carrel.records.runs import Runs

    place, settings = settings_of(folder)
    records = Records.at(place, settings.records.url)
    try:
        yield Runs(records)
    finally:
        records.close()


def carry_out(request: Request, plans: Sequence[Plan]) -> list[RunRecord]:
    """Carry out plans that share dataset and collection, and keep their runs."""
    from carrel.eval.plan import opened_desk

    place, settings = settings_of(request.home)
    first = plans[0]
    data = first.open_dataset()
    bar = ProgressBar()
    try:
        if not first.searches:
            made = [_one(plan, data, None, settings, bar) for plan in plans]
        else:
            embed = any("encoder" in plan.models for plan in plans)
            with opened_desk(data, first.collection, place, settings, embed=embed, on_index=bar) as desk:
                made = [_one(plan, data, desk, settings, bar) for plan in plans]
    finally:
        bar.close()
    if not request.keep:
        return made
    with runs_of(request.home) as runs:
        return [runs.add(run) for run in made]


def _one(plan: Plan, data: Dataset, desk: Any, settings: Settings, bar: ProgressBar) -> RunRecord:
    from carrel.eval.plan import measure
    from carrel.eval.recording import recorded

    label = plan.arguments.get("mode", plan.stage)
    result = measure(plan, data, desk, settings, lambda done, total: bar(label, done, total, "queries"))
    return recorded(plan, result, desk, settings)


def show(runs: Sequence[RunRecord], *, as_json: bool = False, questions: bool = False) -> None:
    """Print runs of one dataset and stage: one JSON object, or a table."""
    if as_json:
        shapes = [_shape(run, questions=questions) for run in runs]
        # One object has one shape, however many systems were measured: the last one's, and all of them beside it.
        emit_json(shapes[-1] if len(shapes) == 1 else {**shapes[-1], "systems": shapes})
        return
    first = runs[0]
    click.echo(
        f"{first.dataset}, {first.stage}, {len(first.questions)} queries; values times 100 with 95 % intervals\n"
    )
    rows = [[name, *(cell(run.metrics[name]) for run in runs)] for name in first.metrics]
    click.echo(table(rows, ["measure", *(run.system for run in runs)]))
    click.echo("seconds " + ", ".join(f"{run.system} {run.seconds:.1f}" for run in runs))
    if problems := first.further.get("problems"):
        click.echo("left out of the dataset: " + ", ".join(f"{n} {kind}" for kind, n in problems["counts"].items()))
    if first.id:
        click.echo("kept as " + ", ".join(f"run {run.id}" for run in runs))


def cell(estimate: dict[str, Any]) -> str:
    """Return an estimate times 100, with its interval or the reason why there is none."""
    if estimate["value"] is None:
        return f"- ({estimate.get('reason', 'not measured')})"
    if estimate["low"] is None:
        return f"{100 * estimate['value']:.1f}"
    return f"{100 * estimate['value']:.1f} [{100 * estimate['low']:.1f}, {100 * estimate['high']:.1f}]"


def _shape(run: RunRecord, *, questions: bool) -> dict[str, Any]:
    from carrel.eval.recording import run_json

    shape = run_json(run, details=False)
    if not questions:
        del shape["questions"]
    return shape if run.id else {name: value for name, value in shape.items() if name not in {"run", "created"}}
