"""The figures of a report: each a picture, a sentence on how to read it, and its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from carrel.eval.blame import CLASSES, waterfall_points
from carrel.eval.report import charts
from carrel.eval.report.charts import WIDTH, Axis, Plane
from carrel.eval.report.markup import Markup, element
from carrel.measures import (
    area_under_risk_coverage,
    bootstrap_mean,
    expected_calibration_error,
    percentile,
    reliability,
    risk_coverage,
)
from carrel.records.run import RunQuestion, RunRecord

_ROW = 27.0
_NAMES = 168.0
_NUMBERS = 58.0
_DEPTHS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 70, 100, 150, 200)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; without a picture, `note` is the reason why there is none."""

    key: str
    name: str
    note: str
    picture: Markup | None = None
    header: tuple[str, ...] = ()
    numbers: tuple[tuple[str, ...], ...] = ()


def figures(run: RunRecord) -> list[Figure]:
    """Return the figures that the stage of a run has."""
    if run.stage == "retrieval":
        return [recall_figure(run), latency_figure(run)]
    found = [risk_coverage_figure(run), reliability_figure(run), latency_figure(run)]
    return [waterfall_figure(run), recall_figure(run), *found] if run.stage == "pipeline" else found


def waterfall_figure(run: RunRecord) -> Figure:
    """Show the way from 100 down to the score, stage by stage."""
    measure = run.further["blame_of"]
    value = run.metrics[measure]["value"]
    points = waterfall_points(value, run.further["blame"])
    shown = {name: part for name, part in points.items() if part}
    score = round(100 - sum(points.values()), 1)
    rows = [("everything right", 100.0, 0.0, "whole")]
    reached = 100.0
    for name, part in shown.items():
        rows.append((name, reached, reached - part, "gain" if part < 0 else "loss"))
        reached -= part
    rows.append((measure, score, 0.0, "whole score"))
    height = _ROW * len(rows) + 10
    drawn = [_waterfall_row(place, *row) for place, row in enumerate(rows)]
    description = "; ".join(f"{name} {-part:+.1f}" for name, part in shown.items()) or "nothing is lost"
    return Figure(
        "waterfall",
        f"Where the loss of {measure} comes from",
        "Each bar is what putting that stage right gains, the stages before it being right already. The parts add up "
        "to the loss exactly; a stage that does better with its own faults than without is shown as a gain.",
        charts.drawing("Waterfall of the loss", f"From 100 to {score:.1f}: {description}", drawn, height=height),
        ("stage", "points", "what it means"),
        tuple((name, f"{-part:+.1f}", CLASSES[name]) for name, part in shown.items()),
    )


def _waterfall_row(place: int, name: str, start: float, end: float, kind: str) -> list[Markup]:
    top = 5 + place * _ROW
    across = WIDTH - _NAMES - _NUMBERS
    high, low = max(start, end), min(start, end)
    x, width = _NAMES + across * min(max(low, 0), 100) / 100, across * (high - low) / 100
    written = f"{start:.1f}" if kind.startswith("whole") else f"{end - start:+.1f}"
    return [
        charts.label(name, _NAMES - 8, top + 17, anchor="end", class_="name"),
        element("rect", class_=f"bar {kind}", x=x, y=top + 4, width=max(width, 1.0), height=_ROW - 8, rx=2),
        charts.label(written, WIDTH - 4, top + 17, anchor="end", class_="number"),
    ]


def recall_figure(run: RunRecord) -> Figure:
    """Show recall against the number of documents or passages looked at."""
    found = [ranks for question in run.questions if (ranks := relevant_ranks(question)) is not None]
    deepest = run.further.get("depth") or run.further.get("retriever_top_k") or 1
    depths = [k for k in _DEPTHS if k < deepest] + [deepest]
    name = "Recall against k"
    if not found:
        return Figure("recall", name, "No question has anything to be found.")
    curve = [bootstrap_mean(_recall(ranks, k) for ranks in found) for k in depths]
    values = [estimate.value or 0.0 for estimate in curve]
    lows = [value if e.low is None else e.low for value, e in zip(values, curve, strict=True)]
    highs = [value if e.high is None else e.high for value, e in zip(values, curve, strict=True)]
    ticks = [k for k in (1, 2, 5, 10, 20, 50, 100, 200) if k <= deepest]
    floor = max(0.0, np.floor(5 * min(lows) - 0.25) / 5)
    plane = Plane(Axis(1, max(deepest, 2), ticks, "k, passages looked at", logarithmic=True), charts.shares(low=floor))
    band = plane.band(list(zip(depths, lows, strict=True)), list(zip(depths, highs, strict=True)), "first")
    points = list(zip(depths, values, strict=True))
    description = ", ".join(f"{100 * value:.1f} at {k}" for k, value in points)
    return Figure(
        "recall",
        name,
        f"The share of what is relevant that stands among the first k, over {len(found)} questions; the band is the "
        "95 % interval.",
        charts.drawing(
            name, description, plane.frame(), band, plane.line(points, "first"), plane.dots(points, "first")
        ),
        ("k", "recall", "95 % interval"),
        tuple(
            (str(k), f"{100 * value:.1f}", f"{100 * low:.1f} to {100 * high:.1f}")
            for k, value, low, high in zip(depths, values, lows, highs, strict=True)
        ),
    )


def relevant_ranks(question: RunQuestion) -> list[int | None] | None:
    """Return the rank of everything relevant (None: not found); None where nothing is relevant."""
    details = question.details
    if "grades" in details:
        places = {pair[0]: rank for rank, pair in enumerate(details["ranking"], start=1)}
        return [places.get(document) for document, grade in details["grades"].items() if grade > 0] or None
    if "gold_rank" in details:
        return [details["gold_rank"]] if details["golds"] else None
    return None


def _recall(ranks: Sequence[int | None], k: int) -> float:
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def risk_coverage_figure(run: RunRecord) -> Figure:
    """Show how much is wrong among what is answered, when only the surest answers are given."""
    name = "Risk against coverage"
    answered = [question for question in run.questions if question.details.get("score") is not None]
    if not answered:
        return Figure("risk", name, "No question was answered, so that nothing can be ordered by its score.")
    scores = [_certainty(question) for question in answered]
    wrong = [not _right(question) for question in answered]
    curve = risk_coverage(scores, wrong)
    points = [(point.coverage, point.risk) for point in curve]
    worst = max(risk for _, risk in points)
    up = charts.shares() if worst > 0.5 else Axis(0, 0.5, [0, 0.1, 0.2, 0.3, 0.4, 0.5], "", "{:.0%}".format)
    up = Axis(up.low, up.high, up.ticks, "", lambda value: f"{100 * value:.0f}")
    plane = Plane(charts.shares("coverage: share of questions answered"), up)
    area = area_under_risk_coverage(scores, wrong) or 0.0
    shown = _thinned(points)
    return Figure(
        "risk",
        name,
        "Answers are given surest first; the curve is the share of them that is not an exact match. "
        f"Area under it {100 * area:.1f}.",
        charts.drawing(name, f"Area {100 * area:.1f}", plane.frame(), plane.line(shown, "second")),
        ("coverage", "risk"),
        tuple((f"{100 * at:.0f}", f"{100 * _risk_at(points, at):.1f}") for at in (0.1, 0.25, 0.5, 0.75, 0.9, 1.0)),
    )


def _thinned(points: Sequence[tuple[float, float]], most: int = 400) -> list[tuple[float, float]]:
    step = max(1, len(points) // most)
    return [*points[::step], points[-1]]


def _risk_at(points: Sequence[tuple[float, float]], coverage: float) -> float:
    return next((risk for covered, risk in points if covered >= coverage - 1e-9), points[-1][1])


def _certainty(question: RunQuestion) -> float:
    confidence = question.details.get("confidence")
    return float(question.details["score"] if confidence is None else confidence)


def _right(question: RunQuestion) -> bool:
    values = question.values
    return (values["EM if answered"] if "EM if answered" in values else values["EM"]) == 1


def reliability_figure(run: RunRecord) -> Figure:
    """Show whether what is stated with 80 % confidence is right in 80 % of cases."""
    name = "Reliability of the confidence"
    stated = [question for question in run.questions if question.details.get("confidence") is not None]
    if not stated:
        return Figure("reliability", name, "The reader has no calibrated confidence, so that there is none to check.")
    shares = [question.details["confidence"] for question in stated]
    right = [float(_right(question)) for question in stated]
    bins = reliability(shares, right)
    plane = Plane(charts.shares("stated confidence"), charts.shares())
    bars = [plane.bar((part.low + 0.006, 0), (part.high - 0.006, part.accuracy), "bar part") for part in bins]
    points = [(part.stated, part.accuracy) for part in bins]
    error = expected_calibration_error(shares, right) or 0.0
    basis = next((q.details["confidence_basis"] for q in stated if q.details.get("confidence_basis")), None)
    calibrated = f" It was calibrated on {basis}." if basis else ""
    return Figure(
        "reliability",
        name,
        f"Bars are the share of right answers among those stated with that confidence; on the diagonal the confidence "
        f"is true. Expected calibration error {100 * error:.1f}.{calibrated}",
        charts.drawing(
            name,
            f"Expected calibration error {100 * error:.1f}",
            plane.frame(),
            bars,
            plane.line([(0, 0), (1, 1)], "ideal"),
            plane.dots(points, "second"),
        ),
        ("confidence", "answers", "stated", "right"),
        tuple(
            (
                f"{100 * b.low:.0f} to {100 * b.high:.0f}",
                str(b.count),
                f"{100 * b.stated:.1f}",
                f"{100 * b.accuracy:.1f}",
            )
            for b in bins
        ),
    )


def latency_figure(run: RunRecord) -> Figure:
    """Show how long questions took."""
    name = "Latency"
    seconds = [1000 * taken for question in run.questions if (taken := _seconds(question.details)) is not None]
    if not seconds:
        return Figure("latency", name, "No times were taken.")
    middle, late = percentile(seconds, 0.5) or 0.0, percentile(seconds, 0.95) or 0.0
    # The slowest of all (a cold cache, a model that loads) would flatten the rest; it counts in the last bar.
    end = max(1.15 * late, min(max(seconds), 1.6 * late), 1e-3)
    edges = np.linspace(0, end, 25)
    counts, _ = np.histogram(np.minimum(seconds, end), edges)
    across = Axis(0, end, _round_ticks(end), "milliseconds")
    plane = Plane(across, Axis(0, float(counts.max()), _round_ticks(float(counts.max()), whole=True), ""))
    bars = [
        plane.bar((low, 0), (high - 0.12 * (high - low), count), "bar time")
        for (low, high), count in zip(pairwise(edges.tolist()), counts.tolist(), strict=True)
        if count
    ]
    marks = [_mark(plane, middle, "p50"), _mark(plane, late, "p95")]
    parts = run.further.get("latency", {})
    stages = {stage: part for stage, part in parts.items() if isinstance(part, Mapping)} or {"question": parts}
    return Figure(
        "latency",
        name,
        f"Half of the {len(seconds)} questions took less than {middle:.1f} ms, 19 of 20 less than {late:.1f} ms.",
        charts.drawing(name, f"p50 {middle:.1f} ms, p95 {late:.1f} ms", plane.frame(), bars, marks),
        ("stage", "p50, ms", "p95, ms"),
        tuple((stage, f"{1000 * part['p50']:.1f}", f"{1000 * part['p95']:.1f}") for stage, part in stages.items()),
    )


def _seconds(details: Mapping[str, Any]) -> float | None:
    taken = details.get("seconds")
    return taken.get("total") if isinstance(taken, Mapping) else taken


def _mark(plane: Plane, value: float, name: str) -> list[Markup]:
    (x, top), (_, base) = plane.place((value, plane.up.high)), plane.place((value, 0))
    return [
        element("line", class_="mark", x1=x, x2=x, y1=top, y2=base),
        charts.label(name, x + 4, top + 10, class_="number"),
    ]


def _round_ticks(high: float, *, whole: bool = False) -> list[float]:
    """Return about five marks from 0 to `high` at round values."""
    rough = max(high, 1e-9) / 5
    power = 10.0 ** np.floor(np.log10(rough))
    step = float(next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999))
    step = max(1.0, step) if whole else step
    return [step * place for place in range(int(high / step + 1e-9) + 1)]
