"""carrel index."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from carrel.cli import options
from carrel.cli.output import ProgressBar, emit_json


@click.command("index")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--id-field", help="Field of a row that is its id (default: _id or id).")
@click.option("--title-field", help="Field of a row that is its title (default: title).")
@click.option("--text-field", help="Field of a row that is its text (default: text or content).")
@click.option("--embed/--no-embed", default=True, show_default=True, help="Make vectors after the text is searchable.")
@click.option("--again", is_flag=True, help="Split and write anew what did not change, after other settings.")
@options.place
@options.as_json
def command(
    paths: tuple[str, ...],
    id_field: str | None,
    title_field: str | None,
    text_field: str | None,
    embed: bool,
    again: bool,
    home: Path | None,
    collection: str,
    as_json: bool,
) -> None:
    """Convert, split, write and embed PATH...; files, folders, and JSONL or CSV files of rows.

    Folders are synced: new files are added, changed ones replaced, vanished ones removed. Running it again changes
    nothing. Words are searchable before the vectors are made.
    """
    progress = ProgressBar()
    with options.desk(home, collection) as desk:
        try:
            report = desk.index(
                paths,
                id_field=id_field,
                title_field=title_field,
                text_field=text_field,
                embed=embed,
                again=again,
                on_progress=progress,
            )
        finally:
            progress.close()
    if as_json:
        emit_json(report.to_json())
    else:
        click.echo(
            f"{report.sources} sources: {report.indexed} indexed, {report.unchanged} unchanged, "
            f"{report.deleted} deleted, "
            f"{len(report.failed)} failed; {report.passages} passages in {report.seconds:.1f} s"
        )
        for failure in report.failed:
            click.echo(f"  failed: {failure.source}: {failure.reason}", err=True)
    sys.exit(1 if report.failed else 0)
