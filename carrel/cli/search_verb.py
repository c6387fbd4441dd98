"""carrel search."""

from __future__ import annotations

from pathlib import Path

import click

from carrel.cli import options
from carrel.cli.output import emit_json, paragraph
from carrel.types import Hit


@click.command("search")
@click.argument("query")
@click.option("--mode", type=click.Choice(["bm25", "dense", "hybrid"]), help="Retriever (default: from the settings).")
@click.option("--top-k", type=click.IntRange(1, 1000), help="Hits to show (default: from the settings).")
@click.option("--one-per-source", is_flag=True, help="Show the best passage of each source only.")
@options.filters
@options.place
@options.as_json
def command(
    query: str,
    mode: str | None,
    top_k: int | None,
    one_per_source: bool,
    filter_json: str | None,
    home: Path | None,
    collection: str,
    as_json: bool,
) -> None:
    """Find the passages that fit QUERY best."""
    with options.desk(home, collection) as desk:
        result = desk.search(
            query,
            mode=mode,  # type: ignore[arg-type]  # click.Choice has checked it
            top_k=top_k,
            filters=options.read_filter(filter_json),
            one_per_source=one_per_source,
        )
    if as_json:
        emit_json(
            {
                "query": result.query,
                "mode": result.mode,
                "hits": [hit_json(hit) for hit in result.hits],
                "seconds": result.seconds,
                "notes": list(result.notes),
            }
        )
        return
    for note in result.notes:
        click.echo(f"note: {note}", err=True)
    for hit in result.hits:
        scores = ", ".join(f"{name} {score:.3f}" for name, score in hit.scores.items())
        page = f", page {hit.page}" if hit.page else ""
        click.echo(f"{hit.rank:>2} {click.style(hit.title, bold=True)}  {hit.source}{page}  ({scores})")
        click.echo(paragraph(hit.text))
    if not result.hits:
        click.echo("Nothing was found.")


def hit_json(hit: Hit) -> dict[str, object]:
    """Return a hit in the shape that every interface gives it."""
    return {
        "rank": hit.rank,
        "id": hit.id,
        "source": hit.source,
        "title": hit.title,
        "text": hit.text,
        "start": hit.span.start,
        "end": hit.span.end,
        "page": hit.page,
        "scores": dict(hit.scores),
        "meta": dict(hit.meta),
    }
