"""The report of a run, opened offline in a real Chromium."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from carrel.eval import PipelineArguments, RetrievalArguments, evaluate_pipeline, evaluate_retrieval
from carrel.eval.plan import Plan
from carrel.eval.recording import recorded
from carrel.eval.report import report_page
from carrel.eval.report.figures import figures
from carrel.records.run import RunRecord

SHAPES = "svg => [...svg.querySelectorAll('rect, polyline, circle')].filter(x => x.getBBox().width > 0).length"
HOSTILE = "<img src=x onerror=alert(1)></script><b>\"&'"


@pytest.fixture(scope="module")
def pipeline(desk, squad) -> RunRecord:
    arguments = {"retriever_top_k": 4}
    result = evaluate_pipeline(desk, squad, PipelineArguments(**arguments), system="hybrid")
    return recorded(Plan("pipeline", "small.json", None, None, arguments), result, desk, desk.settings)


@pytest.fixture(scope="module")
def retrieval(desk, squad) -> RunRecord:
    result = evaluate_retrieval(desk, squad, RetrievalArguments(mode="bm25"))
    return recorded(Plan("retrieval", "small.json", None, None, {"mode": "bm25"}), result, desk, desk.settings)


def opened(chromium, tmp_path: Path, run: RunRecord, **options):
    """Open the report of a run offline; returns the page, and everything that it complained of or asked for."""
    file = tmp_path / "report.html"
    file.write_text(report_page(run), encoding="utf-8")
    context = chromium.new_context(offline=True, **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: request.url == file.as_uri() or complaints.append(request.url))
    page.goto(file.as_uri())
    return page, complaints


@pytest.mark.parametrize("stage", ["pipeline", "retrieval"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_plots_are_drawn_without_a_complaint(chromium, tmp_path, request, stage, scheme) -> None:
    run = request.getfixturevalue(stage)
    page, complaints = opened(chromium, tmp_path, run, color_scheme=scheme, viewport={"width": 1400, "height": 900})
    keys = [figure.key for figure in figures(run)]
    assert keys == (
        ["waterfall", "recall", "risk", "reliability", "latency"] if stage == "pipeline" else ["recall", "latency"]
    )
    for key in keys:
        box = page.locator(f"#{key} svg.plot").bounding_box()
        assert box["width"] > 250, key
        assert box["height"] > 40, key
        assert page.locator(f"#{key} svg.plot").evaluate(SHAPES) > 0, key
    assert complaints == []


def test_nothing_sticks_out_on_a_phone(chromium, tmp_path, pipeline) -> None:
    page, complaints = opened(chromium, tmp_path, pipeline, viewport={"width": 420, "height": 800})
    page.locator(".question summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    assert (
        page.evaluate(
            "Math.min(...[...document.querySelectorAll('svg text')].map(t => t.getBoundingClientRect().height))"
        )
        >= 9
    )
    assert complaints == []


def test_questions_can_be_filtered_by_their_blame_and_found(chromium, tmp_path, pipeline) -> None:
    page, _ = opened(chromium, tmp_path, pipeline)
    visible = page.locator(".question:visible")
    assert visible.count() == 5
    page.get_by_role("button", name="all right").click()
    right = [q for q in pipeline.questions if q.details["blame_class"] is None]
    assert visible.count() == len(right)
    assert page.locator("#shown").inner_text() == f"{len(right)} of {len(right)} questions shown"
    page.get_by_role("button", name=re.compile("^all ?5$")).click()
    page.get_by_role("searchbox").fill("PENGUIN live")
    assert visible.count() == 1
    visible.locator("summary").click()
    assert visible.locator(".side.gold mark").inner_text() == "Antarctica"
    assert visible.locator(".side.said mark").inner_text() == "Antarctica"


def test_everything_from_outside_is_escaped(chromium, tmp_path, pipeline) -> None:
    first = pipeline.questions[0]
    shown = {**first.details["shown"], "before": HOSTILE, "source": HOSTILE}
    details = {**first.details, "answer": HOSTILE, "golds": [HOSTILE], "shown": shown}
    hostile = replace(first, query=HOSTILE, details=details)
    run = replace(pipeline, dataset=HOSTILE, system=HOSTILE, questions=(hostile, *pipeline.questions[1:]))
    page, complaints = opened(chromium, tmp_path, run)
    assert complaints == []
    assert page.locator("img, b").count() == 0
    assert page.locator("h1").inner_text() == HOSTILE


def test_the_page_needs_nothing_but_itself(pipeline) -> None:
    page = report_page(pipeline)
    assert not re.search(r"""(?:src|href)\s*=|url\(|@import|https?://""", page)
    assert len(page) < 100_000


def test_what_cannot_be_drawn_says_why(pipeline) -> None:
    unsure = tuple(replace(q, details={**q.details, "confidence": None}) for q in pipeline.questions)
    by_key = {figure.key: figure for figure in figures(replace(pipeline, questions=unsure))}
    assert by_key["reliability"].picture is None
    assert "no calibrated confidence" in by_key["reliability"].note
    assert by_key["risk"].picture is not None
