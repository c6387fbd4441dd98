"""carrel eval replay."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from carrel.cli import evaluation, options
from carrel.cli.output import ProgressBar, emit_json

NOT_IDENTICAL = 3


@click.command("replay")
@click.argument("run_id", metavar="RUN", type=int)
@evaluation.home
@options.as_json
def command(run_id: int, home: Path | None, as_json: bool) -> None:
    """Do RUN again with its own settings and say what is different, in what it was done with and in what came out.

    Exit code 3 says that results differ although nothing they depend on has changed.
    """
    from carrel.eval.replay import replay

    place, _ = evaluation.settings_of(home)
    with evaluation.runs_of(home) as runs:
        run = runs.get(run_id)
    bar = ProgressBar()
    try:
        replayed = replay(run, place, lambda done, total: bar("replaying", done, total, "queries"), on_index=bar)
    finally:
        bar.close()
    if as_json:
        emit_json(replayed.to_json())
    else:
        _show(replayed.to_json())
    if not replayed.identical and not replayed.changed:
        sys.exit(NOT_IDENTICAL)


def _show(outcome: Mapping[str, Any]) -> None:
    if outcome["identical"]:
        click.echo(f"run {outcome['run']}: all {outcome['questions']} questions gave the same again")
    else:
        click.echo(
            f"run {outcome['run']}: {outcome['different']} of {outcome['questions']} questions gave something else"
        )
        for name, values in outcome["metrics"].items():
            if values["then"] != values["now"]:
                click.echo(f"  {name}: {_number(values['then'])} then, {_number(values['now'])} now")
    if not outcome["changed"]:
        click.echo("nothing that it depends on has changed")
    for name, value in _flat(outcome["changed"]):
        click.echo(f"  {name}: {value}")


def _flat(changes: Mapping[str, Any], path: str = "") -> list[tuple[str, str]]:
    """Return the changes as lines: what it was and is, or how many and which."""
    lines = []
    for name, value in changes.items():
        if not isinstance(value, Mapping):
            continue
        if "then" in value:
            lines.append((f"{path}{name}", f"{value['then']} then, {value['now']} now"))
        elif "count" in value:
            lines.append((f"{path}{name}", f"{value['count']}: {', '.join(value['first'][:5])}"))
        else:
            lines.extend(_flat(value, f"{path}{name} "))
    return lines


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{100 * value:.2f}"
