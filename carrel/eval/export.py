"""Runs in trec_eval's formats."""

from __future__ import annotations

import math
from pathlib import Path

from carrel.datasets import write_qrels, write_run
from carrel.errors import UserError
from carrel.records.run import RunRecord


def write_trec(run: RunRecord, path: Path, *, judgements: bool = False) -> int:
    """Write the rankings of a run, or the judgements they were measured by; returns the number of lines.

    trec_eval orders by score alone and breaks ties by document id, descending; a ranking of Carrel breaks them
    ascending. Where two documents of a query have one score, the lower is therefore written one representable number
    below, so that the file says what was measured.

    Raises:
        UserError: the run has no rankings of judged documents.
    """
    if run.stage != "retrieval":
        raise UserError(f"Run {run.id} is of the stage {run.stage!r}: only runs of retrieval rank judged documents")
    if judgements:
        qrels = {question.id: question.details["grades"] for question in run.questions}
        write_qrels(path, qrels)
        return sum(map(len, qrels.values()))
    rankings = {question.id: _descending(question.details["ranking"]) for question in run.questions}
    write_run(path, rankings, tag=f"carrel-{run.system}")
    return sum(map(len, rankings.values()))


def _descending(ranking: list[tuple[str, float]]) -> dict[str, float]:
    """Return the scores of a ranking, strictly falling."""
    scores: dict[str, float] = {}
    last = math.inf
    for document, score in ranking:
        last = score if score < last else math.nextafter(last, -math.inf)
        scores[document] = last
    return scores
