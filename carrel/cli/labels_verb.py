"""carrel labels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from carrel.cli import options
from carrel.cli.output import emit_json

if TYPE_CHECKING:
    from carrel.datasets.problems import OnBad
    from carrel.platform import Platform
    from carrel.platform.labels import LabelFormat
    from carrel.records.labels import Labels

_file = click.argument("file", type=click.Path(path_type=Path))
_form = click.option(
    "--format", "form", type=click.Choice(["squad", "jsonl"]), help="Format of the file (default: by its suffix)."
)
_SHOWN = 10


@click.group("labels")
def command() -> None:
    """Take in and write out labels: questions, and the characters of a source that answer them."""


@command.command("import")
@_file
@_form
@click.option(
    "--on-bad",
    type=click.Choice(["refuse", "skip"]),
    default="refuse",
    show_default=True,
    help="What to do with labels that do not fit the texts: refuse the file, or leave them out.",
)
@options.place
@options.as_json
def import_command(
    file: Path, form: LabelFormat | None, on_bad: OnBad, home: Path | None, collection: str, as_json: bool
) -> None:
    """Keep the labels of FILE: SQuAD (.json) or one label a line (.jsonl), each also as .gz.

    Every span is compared with the text that it refers to. Versions that labels refer to are kept until they are
    deleted with --purge, whatever becomes of their sources.
    """
    from carrel.platform.labels import import_labels

    with _labels(home, collection) as (desk, labels):
        done = import_labels(file, desk.store, labels, form=form, on_bad=on_bad)
    if as_json:
        emit_json(done.to_json())
        return
    click.echo(f"{done.added} labels added, {done.known} were there already")
    if done.problems.total:
        click.echo(f"left out: {done.problems}")
        for problem in done.problems.listed[:_SHOWN]:
            click.echo(f"  {problem.where}: {problem.what}")


@command.command("export")
@_file
@_form
@options.place
@options.as_json
def export_command(file: Path, form: LabelFormat | None, home: Path | None, collection: str, as_json: bool) -> None:
    """Write the labels of the collection to FILE, as SQuAD (.json) or one label a line (.jsonl)."""
    from carrel.platform.labels import export_labels

    with _labels(home, collection) as (desk, labels):
        done = export_labels(file, desk.store, labels, form=form)
    if as_json:
        emit_json({"file": str(file), **done.to_json()})
        return
    gone = f", {done.gone} left out: their texts were purged" if done.gone else ""
    click.echo(f"{done.written} labels written to {file}{gone}")


@contextmanager
def _labels(home: Path | None, collection: str) -> Iterator[tuple[Platform, Labels]]:
    from carrel.records.database import Records
    from carrel.records.labels import Labels

    with options.desk(home, collection) as desk:
        records = Records.at(desk.home, desk.settings.records.url)
        try:
            yield desk, Labels(records, collection)
        finally:
            records.close()
