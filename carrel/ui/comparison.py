"""How two runs are drawn side by side: every measure with the difference, its interval and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from carrel.ui.drawing import Node, node
from carrel.ui.drawing.table import Number, row, table
from carrel.ui.measured import estimate


def compared(comparison: Mapping[str, Any], run: int) -> Node:
    """Draw a comparison of a run with its baseline, as `RunComparison.to_json` gives it."""
    head = ("measure", "baseline", f"run {run}", "difference", "verdict")
    body = [_row(head, name, measure) for name, measure in comparison["metrics"].items()]
    unpaired = sum(len(ids) for sides in comparison["unpaired"].values() for ids in sides.values())
    left_out = f" {unpaired} questions that only one of them asked are left out." if unpaired else ""
    return table("Comparison", f"Values times 100 with 95 % intervals.{left_out}", head, body)


def _row(head: Sequence[str], name: str, measure: Mapping[str, Any]) -> Node:
    other = next(iter(measure["systems"].values()))
    return row(
        head,
        name,
        Number(estimate(measure["baseline"])),
        Number(estimate(other)),
        Number(_difference(other.get("difference"))),
        node("span", str(other.get("verdict", "")), class_="verdict"),
    )


def _difference(difference: Mapping[str, Any] | None) -> str:
    if difference is None or difference.get("value") is None:
        return "not measured"
    points = f"{100 * difference['value']:+.1f}"
    if difference.get("low") is None:
        return points
    return f"{points} [{100 * difference['low']:+.1f}, {100 * difference['high']:+.1f}]"
