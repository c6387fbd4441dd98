"""carrel backup."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import click

from carrel.cli import options
from carrel.cli.output import emit_json


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.option("--force", is_flag=True, help="Replace FILE if it exists, once the new backup is complete.")
@options.place
@options.as_json
def command(file: Path, force: bool, home: Path | None, collection: str, as_json: bool) -> None:
    """Write a collection to FILE: one revision, with texts, metadata and vectors; indexing and asking go on meanwhile.

    Indexes are left out: 'carrel restore FILE' makes them anew, without a model.
    """
    with options.desk(home, collection) as desk:
        began = perf_counter()
        backup = desk.backup(file, force=force)
        seconds = perf_counter() - began
    contents = backup.contents
    if as_json:
        emit_json(
            {
                "file": str(backup.file),
                "bytes": backup.size,
                "collection": contents.collection,
                "revision": contents.revision,
                "sources": contents.sources,
                "passages": contents.passages,
                "vectors": dict(contents.vectors),
                "made_at": backup.made_at,
                "seconds": seconds,
            }
        )
        return
    click.echo(
        f"{backup.file}: {contents.collection} at revision {contents.revision}, {contents.sources} sources, "
        f"{contents.passages} passages, {backup.size / 1e6:.1f} MB in {seconds:.1f} s"
    )
