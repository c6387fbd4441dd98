"""carrel eval reader."""

from __future__ import annotations

from typing import Any

import click

from carrel.cli import evaluation


@click.command("reader")
@evaluation.measured
@click.option("--model", help="Packaged reader, folder or hub name (default: from the settings).")
@click.option("--threshold", type=float, help="Log-odds below which the answer is 'no answer'.")
@click.option(
    "--on",
    type=click.Choice(["gold", "group", "retrieved"]),
    default="gold",
    show_default=True,
    help="Read the text that belongs to each question, all texts that answer it (SubjQA), or what is retrieved.",
)
@click.option("--always-answer", is_flag=True, help="Withhold no answer, whatever its score.")
@click.option("--retriever-top-k", type=click.IntRange(1, 200), help="With --on retrieved: passages to read.")
def command(
    request: evaluation.Request,
    model: str | None,
    threshold: float | None,
    on: str,
    always_answer: bool,
    retriever_top_k: int | None,
) -> None:
    """Measure the reader by exact match and F1, on the paragraph of each question or on retrieved passages."""
    arguments: dict[str, Any] = {"model": model, "threshold": threshold, "on": on}
    if always_answer:
        arguments["always_answer"] = True
    if on == "retrieved":
        arguments["retriever_top_k"] = retriever_top_k
    runs = evaluation.carry_out(request, [request.plan("reader", arguments, searches=on == "retrieved")])
    evaluation.show(runs, as_json=request.as_json, questions=request.questions)
