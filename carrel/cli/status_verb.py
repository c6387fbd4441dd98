"""carrel status."""

from __future__ import annotations

from pathlib import Path

import click

from carrel.cli import options
from carrel.cli.jobs_verb import job_json, job_line
from carrel.cli.output import emit_json


@click.command("status")
@options.place
@options.as_json
def command(home: Path | None, collection: str, as_json: bool) -> None:
    """Show sources by state, passages, vectors, models and sizes; failed sources with their reasons."""
    with options.desk(home, collection) as desk:
        status = desk.status()
    if as_json:
        emit_json(
            {
                "collection": status.collection,
                "sources": status.sources,
                "passages": status.passages,
                "searchable": status.searchable,
                "vectors": status.vectors,
                "revision": status.revision,
                "models": status.models,
                "sizes": status.sizes,
                "failed": list(status.failed),
                "jobs": [job_json(job) for job in status.jobs],
            }
        )
        return
    states = ", ".join(f"{count} {state}" for state, count in status.sources.items()) or "none"
    share = f"{status.vectors / status.passages:.0%}" if status.passages else "no passages"
    click.echo(f"collection  {status.collection} (revision {status.revision})")
    click.echo(f"sources     {states}")
    lacking = "" if status.searchable == status.passages else f" ({status.searchable} searchable, repair is under way)"
    click.echo(f"passages    {status.passages}{lacking}")
    click.echo(f"vectors     {status.vectors} ({share})")
    for kind, name in status.models.items():
        click.echo(f"{kind:<11} {name}")
    click.echo("on disk     " + ", ".join(f"{part} {size / 1e6:.1f} MB" for part, size in status.sizes.items()))
    for failure in status.failed:
        tried = f" (tried {failure.attempts} times)" if failure.attempts > 1 else ""
        click.echo(f"failed      {failure.source}: {failure.reason}{tried}")
    if status.failed:
        click.echo("            'carrel index --retry-failed' tries these again")
    for job in status.jobs:
        click.echo(f"job       {job_line(job)}")
