"""carrel restore."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import click
from click.core import ParameterSource

from carrel.cli import options
from carrel.cli.output import emit_json


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--force", is_flag=True, help="Replace the collection if there is one, once the backup is ready.")
@options.place
@options.as_json
@click.pass_context
def command(context: click.Context, file: Path, force: bool, home: Path | None, collection: str, as_json: bool) -> None:
    """Put the collection in FILE back, under its own name or the one that --collection gives.

    Checksums are compared first; an existing collection is replaced only with --force, in one step at the end.
    """
    from carrel.platform.backups import collection_in

    if context.get_parameter_source("collection") is ParameterSource.DEFAULT:
        collection = collection_in(file)
    with options.desk(home, collection) as desk:
        began = perf_counter()
        restored = desk.restore(file, force=force)
        seconds = perf_counter() - began
    contents = restored.contents
    if as_json:
        emit_json(
            {
                "file": str(file),
                "collection": restored.collection,
                "made_at": restored.made_at,
                "revision": contents.revision,
                "sources": contents.sources,
                "passages": contents.passages,
                "vectors": dict(contents.vectors),
                "notes": list(restored.notes),
                "seconds": seconds,
            }
        )
        return
    click.echo(
        f"{restored.collection}: revision {contents.revision} of {restored.made_at}, {contents.sources} sources, "
        f"{contents.passages} passages in {seconds:.1f} s"
    )
    for note in restored.notes:
        click.echo(f"  {note}", err=True)
