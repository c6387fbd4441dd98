"""carrel eval retrieval."""

from __future__ import annotations

import click

from carrel.cli import evaluation

MODES = ("bm25", "dense", "hybrid")


@click.command("retrieval")
@evaluation.measured
@click.option(
    "--mode",
    "modes",
    multiple=True,
    type=click.Choice(MODES),
    default=MODES,
    show_default=True,
    help="Retriever; may be given several times.",
)
def command(request: evaluation.Request, modes: tuple[str, ...]) -> None:
    """Measure the rankings: nDCG, recall, MRR; a document is scored by its best passage."""
    runs = evaluation.carry_out(request, [request.plan("retrieval", {"mode": mode}) for mode in modes])
    evaluation.show(runs, as_json=request.as_json, questions=request.questions)
