"""How runs of evaluations are drawn in a list: what was measured, and the measures that matter most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from carrel.records.run import RunSummary
from carrel.ui import words
from carrel.ui.drawing import Node, node
from carrel.ui.drawing.element import action
from carrel.ui.drawing.table import Number, row, table

_FIRST = {"retrieval": ("nDCG@10", "recall@10"), "reader": ("EM", "F1"), "pipeline": ("EM", "F1")}


def run_list(runs: Sequence[RunSummary]) -> Node:
    """Draw runs as a table, each with a button that opens its report."""
    head = ("run", "when", "measured on", "stage", "questions", "measures, times 100", "")
    body = [
        row(
            head,
            str(run.id),
            words.moment(run.created),
            node("bdi", run.dataset),
            run.stage,
            Number(f"{run.questions:,}"),
            _measures(run),
            node("button", "Report", type="button", aria_label=f"Report of run {run.id}", **_opens(run)),
            data_run=run.id,
        )
        for run in runs
    ]
    return table("Runs", "Runs, newest first", head, body)


def _opens(run: RunSummary) -> dict[str, str]:
    return action("report", run.id)


def _measures(run: RunSummary) -> str:
    first = [name for name in _FIRST.get(run.stage, ()) if name in run.metrics] or list(run.metrics)[:2]
    return ", ".join(f"{name} {estimate(run.metrics[name])}" for name in first)


def estimate(measured: Mapping[str, Any]) -> str:
    """Return an estimate times 100, with its interval."""
    if measured.get("value") is None:
        return "not measured"
    if measured.get("low") is None:
        return f"{100 * measured['value']:.1f}"
    return f"{100 * measured['value']:.1f} [{100 * measured['low']:.1f}, {100 * measured['high']:.1f}]"
