"""carrel verify."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

import click

from carrel.cli import options
from carrel.cli.output import emit_json


@click.command("verify")
@click.option("--repair", is_flag=True, help="Build indexes anew that do not fit the database.")
@options.place
@options.as_json
def command(repair: bool, home: Path | None, collection: str, as_json: bool) -> None:
    """Check all of a collection: every text and vector, the indexes' files, and the indexes against the database.

    The exit code is 3 when something is wrong and was not repaired.
    """
    with options.desk(home, collection) as desk:
        began = perf_counter()
        found = desk.verify(repair=repair)
        seconds = perf_counter() - began
    if as_json:
        emit_json(
            {
                "collection": collection,
                "sound": found.is_sound,
                "truth": found.truth,
                "indexes": found.indexes,
                "repaired": found.repaired,
                "checked": found.checked,
                "seconds": seconds,
            }
        )
    else:
        looked_at = ", ".join(f"{count} {name}" for name, count in found.checked.items())
        click.echo(f"{collection}: {'sound' if found.is_sound else 'not sound'} ({looked_at}; {seconds:.1f} s)")
        for problem in found.truth:
            click.echo(f"  database  {problem}: put a backup back with 'carrel restore FILE --force'", err=True)
        for name, problems in found.indexes.items():
            cure = "built anew" if name in found.repaired else "'carrel verify --repair' builds it anew"
            for problem in problems:
                click.echo(f"  {name:<9} {problem}: {cure}", err=True)
    sys.exit(0 if found.is_sound else 3)
