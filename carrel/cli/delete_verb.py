"""carrel delete."""

from __future__ import annotations

from pathlib import Path

import click

from carrel.cli import options
from carrel.cli.output import emit_json


@click.command("delete")
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@click.option(
    "--purge", is_flag=True, help="Remove the texts from the disk too, versions that labels refer to included."
)
@options.filters
@options.place
@options.as_json
def command(
    sources: tuple[str, ...],
    purge: bool,
    filter_json: str | None,
    home: Path | None,
    collection: str,
    as_json: bool,
) -> None:
    """Delete SOURCE..., named as 'carrel search' names them, or every source that --filter matches."""
    with options.desk(home, collection) as desk:
        deleted = desk.delete(list(sources) or None, filters=options.read_filter(filter_json), purge=purge)
    if as_json:
        emit_json({"deleted": deleted})
    else:
        click.echo(f"{deleted} sources deleted")
