"""Evaluate: measure on a dataset or on the collected labels, look at what was lost where, and compare two runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from carrel.errors import UserError
from carrel.eval.compare import compare_runs, kept_run
from carrel.eval.job import EvaluationRequest, queue_evaluation
from carrel.eval.plan import Plan
from carrel.eval.result import Stage
from carrel.records.run import RunSummary
from carrel.ui import desk, words
from carrel.ui.comparison import compared
from carrel.ui.drawing import Node, draw, node
from carrel.ui.drawing.element import action
from carrel.ui.measured import run_list
from carrel.ui.place import served
from carrel.ui.places import collection
from carrel.ui.routes import REPORTS
from carrel.ui.uploads import safe_name

_STAGES: dict[Stage, str] = {
    "pipeline": "everything: search and reader",
    "retrieval": "search alone",
    "reader": "reader alone",
}
_RUNS = 30
_REPORT_HEIGHT = 900


def evaluate() -> None:
    """Draw the page."""
    st.title("Evaluate")
    _begin()
    kept = desk.runs().summaries(limit=_RUNS)
    if not kept:
        draw("no runs", [node("p", "Nothing was measured yet.", class_="soft")])
        return
    event = draw("runs", [run_list(kept)])
    if event is not None and event.action == "report":
        st.query_params["run"] = str(event.value)
    if len(kept) > 1:
        _compare(kept)
    _report(kept)


def _begin() -> None:
    """Let a person choose what to measure on, and queue the job that does it."""
    count = desk.labels(collection()).count()
    with st.expander("Measure", expanded=not desk.runs().summaries(limit=1)), st.form("measure", border=False):
        own = f"the {words.many(count, 'label')} of this collection"
        on = st.radio("Measure on", ["labels", "file", "path"], format_func=_measured_on(own), index=0 if count else 1)
        upload = st.file_uploader("A dataset: SQuAD JSON or SubjQA CSV, also as .gz", key="dataset")
        path = st.text_input(
            "A dataset on this computer (file, or BEIR folder)", placeholder="/data/squad/dev-v1.1.json"
        )
        stage = st.selectbox("What is measured", list(_STAGES), format_func=_STAGES.__getitem__)
        limit = st.number_input("Questions at most", 1, 100_000, 200)
        own_texts = st.checkbox("Index the dataset's own texts for it, instead of searching this collection")
        if not st.form_submit_button("Measure", type="primary"):
            return
    dataset = {"labels": "", "file": _kept_dataset(upload), "path": path.strip()}[on]
    if problem := _problem(on, dataset, count):
        draw("problem", [node("p", problem, class_="bad", role="alert")])
        return
    searched = None if own_texts and on != "labels" else collection()
    arguments = _arguments(stage, int(limit))
    plan = Plan(stage, dataset, None, None if stage == "reader" else searched, arguments, "skip")
    queue_evaluation(desk.queue(), collection(), EvaluationRequest(plan, labels=on == "labels"))
    st.rerun()


def _measured_on(own: str) -> Any:
    names = {"labels": own, "file": "a file that I upload", "path": "a dataset on this computer"}
    return names.__getitem__


def _arguments(stage: str, limit: int) -> dict[str, Any]:
    settings = desk.desk_of(collection()).settings
    sample = {"limit": limit, "seed": 0}
    if stage == "retrieval":
        return {"mode": settings.search.mode, **sample}
    if stage == "reader":
        return sample
    return {"retriever_top_k": settings.ask.retriever_top_k, "top_k": settings.ask.top_k, **sample}


def _kept_dataset(upload: Any) -> str:
    """Keep an uploaded dataset in the home, so that its runs can be done again."""
    if upload is None:
        return ""
    folder = served().home / "evaluations"
    folder.mkdir(parents=True, exist_ok=True)
    file: Path = folder / safe_name(upload.name)
    file.write_bytes(upload.getbuffer())
    return str(file)


def _problem(on: str, dataset: str, labels: int) -> str:
    """Return why nothing can be measured; empty where it can."""
    if on == "labels":
        return "" if labels else "There are no labels yet: say of some answers whether they are right, or use Label."
    if not dataset:
        return "Choose a file." if on == "file" else "Name a dataset."
    return "" if on == "file" or Path(dataset).exists() else f"There is no {dataset} on the computer of this desk."


def _report(kept: list[RunSummary]) -> None:
    named = st.query_params.get("run", "")
    shown = next((run for run in kept if str(run.id) == named), None)
    if shown is None:
        return
    event = draw(
        "report head",
        [
            node("h2", f"Report of run {shown.id}"),
            node(
                "div",
                node(
                    "a", "Open it in a page of its own", href=f"{REPORTS}/{shown.id}", target="_blank", rel="noopener"
                ),
                node("button", "Close", type="button", **action("close")),
                class_="row",
            ),
        ],
    )
    if event is not None and event.action == "close":
        del st.query_params["run"]
        st.rerun()
    st.iframe(f"{REPORTS}/{shown.id}", height=_REPORT_HEIGHT, alt=f"Report of run {shown.id}")


def _compare(kept: list[RunSummary]) -> None:
    with st.expander("Compare two runs"):
        names = {f"run {run.id}: {words.moment(run.created)}, {run.stage}": run for run in kept}
        first, second = st.columns(2)
        baseline = names[first.selectbox("Baseline", list(names), index=min(1, len(names) - 1))]
        other = names[second.selectbox("Compared with it", list(names), index=0)]
        if st.button("Compare", disabled=baseline.id == other.id):
            st.session_state["compared"] = (baseline.id, other.id)
        if st.session_state.get("compared") == (baseline.id, other.id):
            draw("compared", [_comparison_of(baseline.id, other.id)])


def _comparison_of(baseline: int, other: int) -> Node:
    try:
        return compared(_comparison(baseline, other), other)
    except UserError as error:
        return node("p", str(error), class_="bad", role="alert")


@st.cache_data(max_entries=32, show_spinner="Comparing…")
def _comparison(baseline: int, other: int) -> dict[str, Any]:
    runs = desk.runs()
    return compare_runs([kept_run(runs.get(baseline)), kept_run(runs.get(other))]).to_json()
