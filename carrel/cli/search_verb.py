"""carrel search."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from carrel.cli import options
from carrel.cli.output import emit_json, paragraph, table
from carrel.types import Hit, MatchedTerm

if TYPE_CHECKING:
    from carrel.platform.results import SearchResult
    from carrel.stores.facets import Facet


@click.command("search")
@click.argument("query")
@click.option("--mode", type=click.Choice(["bm25", "dense", "hybrid"]), help="Retriever (default: from the settings).")
@click.option("--top-k", type=click.IntRange(1, 1000), help="Hits to show (default: from the settings).")
@click.option(
    "--one-per-source", "--collapse", "one_per_source", is_flag=True, help="Show the best passage of each source only."
)
@click.option("--plain", is_flag=True, help="Search every word of QUERY as it stands, without operators.")
@click.option("--facet", "facets", metavar="FIELD", multiple=True, help="Count the matches by a field (repeatable).")
@click.option(
    "--facet-values", type=click.IntRange(1, 1000), default=10, show_default=True, help="Values to list for a facet."
)
@click.option("--explain", is_flag=True, help="Show which words matched, and the rank with each retriever.")
@click.option("--after", metavar="CURSOR", help="Show the hits after the page that ended with this cursor.")
@options.filters
@options.place
@options.as_json
def command(
    query: str,
    mode: str | None,
    top_k: int | None,
    one_per_source: bool,
    plain: bool,
    facets: tuple[str, ...],
    facet_values: int,
    explain: bool,
    after: str | None,
    filter_json: str | None,
    home: Path | None,
    collection: str,
    as_json: bool,
) -> None:
    """Find the passages that fit QUERY best.

    Operators: "a phrase", +must, -not, title:word, prefix*, and OR between two of them. After -- a query may begin
    with a hyphen.
    """
    with options.desk(home, collection) as desk:
        result = desk.search(
            query,
            mode=mode,  # type: ignore[arg-type]  # click.Choice has checked it
            top_k=top_k,
            filters=options.read_filter(filter_json),
            one_per_source=one_per_source,
            plain=plain,
            facets=facets,
            facet_values=facet_values,
            explain=explain or as_json,
            after=after,
        )
    if as_json:
        emit_json(result_json(result))
        return
    for note in result.notes:
        click.echo(f"note: {note}", err=True)
    for hit in result.hits:
        _show(hit)
    if not result.hits:
        click.echo("Nothing was found.")
    for facet in result.facets.values():
        _show_facet(facet)
    if result.next is not None:
        click.echo(f"more: --after {result.next}", err=True)


def result_json(result: SearchResult) -> dict[str, object]:
    """Return a page of results in the shape that every interface gives it."""
    return {
        "query": result.query,
        "mode": result.mode,
        "hits": [hit_json(hit) for hit in result.hits],
        "facets": {name: facet_json(facet) for name, facet in result.facets.items()},
        "next": result.next,
        "seconds": result.seconds,
        "notes": list(result.notes),
    }


def hit_json(hit: Hit) -> dict[str, object]:
    """Return a hit in the shape that every interface gives it."""
    shape: dict[str, object] = {
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
    if hit.why is not None:
        shape["why"] = {"terms": [_term_json(term) for term in hit.why.terms], "ranks": dict(hit.why.ranks)}
    return shape


def facet_json(facet: Facet) -> dict[str, object]:
    """Return the counts of a field in the shape that every interface gives them."""
    return {
        "values": [{"value": entry.value, "count": entry.passages, "sources": entry.sources} for entry in facet.values],
        "other": facet.other,
        "missing": facet.missing,
        "distinct": facet.distinct,
        "ranges": [{"from": entry.low, "to": entry.high, "count": entry.passages} for entry in facet.ranges],
    }


def _term_json(term: MatchedTerm) -> dict[str, object]:
    return {
        "query": term.query,
        "fields": list(term.fields),
        "forms": list(term.forms),
        "spans": [{"start": span.start, "end": span.end} for span in term.spans],
        "idf": term.idf,
    }


def _show(hit: Hit) -> None:
    scores = ", ".join(f"{name} {score:.3f}" for name, score in hit.scores.items())
    page = f", page {hit.page}" if hit.page else ""
    click.echo(f"{hit.rank:>2} {click.style(hit.title, bold=True)}  {hit.source}{page}  ({scores})")
    click.echo(paragraph(hit.text))
    if hit.why is None:
        return
    ranks = ", ".join(f"{rank} by {name}" for name, rank in hit.why.ranks.items())
    click.echo(paragraph(f"why: rank {ranks or 'none'}; {'; '.join(map(_reason, hit.why.terms)) or 'no word matches'}"))


def _reason(term: MatchedTerm) -> str:
    """Say which part of the query matched where, as which words, and how rare it is."""
    forms = f" as {', '.join(term.forms)}" if term.forms else ""
    rarity = "" if term.idf is None else f" (idf {term.idf:.2f})"
    return f"{term.query}{forms} in {' and '.join(term.fields)}{rarity}"


def _show_facet(facet: Facet) -> None:
    rows = [(str(entry.value), entry.passages, entry.sources) for entry in facet.values]
    click.echo("")
    click.echo(table(rows, [facet.field, "passages", "sources"]))
    click.echo(f"other values {facet.other}, without the field {facet.missing}, different values {facet.distinct}")
    if facet.ranges:
        click.echo(", ".join(f"{entry.low} to {entry.high}: {entry.passages}" for entry in facet.ranges))
