"""carrel ask."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from carrel.cli import options
from carrel.cli.output import emit_json, marked
from carrel.types import Answer


@click.command("ask")
@click.argument("question")
@click.option(
    "--reader", type=click.Choice(["extractive"]), default="extractive", show_default=True, help="How to answer."
)
@click.option("--top-k", type=click.IntRange(1, 100), help="Answers to show (default: from the settings).")
@click.option("--retriever-top-k", type=click.IntRange(1, 200), help="Passages to read (default: from the settings).")
@click.option(
    "--risk",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Share of the given answers that may be wrong, as 0.1; abstain where that could not be kept.",
)
@options.filters
@options.place
@options.as_json
def command(
    question: str,
    reader: str,  # noqa: ARG001  one way so far; the option keeps calls stable
    top_k: int | None,
    retriever_top_k: int | None,
    risk: float | None,
    filter_json: str | None,
    home: Path | None,
    collection: str,
    as_json: bool,
) -> None:
    """Answer QUESTION from the collection; every answer names the characters of the source that it is."""
    with options.desk(home, collection) as desk:
        result = desk.ask(
            question,
            top_k=top_k,
            retriever_top_k=retriever_top_k,
            risk=risk,
            filters=options.read_filter(filter_json),
        )
    if as_json:
        emit_json(
            {
                "question": result.question,
                "abstained": result.abstained,
                "answers": [answer_json(answer) for answer in result.answers],
                "limit": None if result.limit is None else asdict(result.limit),
                "seconds": dict(result.seconds),
            }
        )
        return
    if result.abstained:
        nearest = " The nearest spans, too weak to count as one:" if result.answers else ""
        click.echo(f"No answer was found in this collection.{nearest}")
    for number, answer in enumerate(result.answers, start=1):
        click.echo(_headline(number, answer))
        start = answer.span.start - answer.context_start
        click.echo(marked(answer.context, start, start + len(answer.text)))
    if result.limit is not None:
        click.echo(result.limit.statement)


def answer_json(answer: Answer) -> dict[str, object]:
    """Return an answer in the shape that every interface gives it."""
    return {
        "answer": answer.text,
        "confidence": answer.confidence,
        "confidence_basis": answer.confidence_basis,
        "source": answer.source,
        "title": answer.title,
        "page": answer.page,
        "start": answer.span.start,
        "end": answer.span.end,
        "context": answer.context,
        "context_start": answer.context_start,
        "id": answer.id,
        "version": answer.version,
        "scores": dict(answer.scores),
    }


def _headline(number: int, answer: Answer) -> str:
    confidence = "" if answer.confidence is None else f"  confidence {answer.confidence:.0%}"
    page = f", page {answer.page}" if answer.page else ""
    place = f"{answer.source}{page}, characters {answer.span.start}-{answer.span.end}"
    text = " ".join(answer.text.split())  # one that runs over the lines of a table, too, is one line here
    return f"{number:>2} {click.style(text, bold=True)}{confidence}\n   {place}"
