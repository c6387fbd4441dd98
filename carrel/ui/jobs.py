"""The jobs of the home, beside every page: how far they are, and how to end them."""

from __future__ import annotations

import time

import streamlit as st

from carrel.errors import UserError
from carrel.records.job import Job, JobState
from carrel.ui import desk, words
from carrel.ui.drawing import Node, draw, node
from carrel.ui.drawing.element import action

_LOOK_SECONDS = 1.5
_SHOWN = 5
_RECENT_SECONDS = 900.0


def jobs_panel() -> None:
    """Draw the jobs, again and again by itself."""
    _panel()


def unfinished() -> list[Job]:
    """Return what waits or runs, oldest first."""
    return desk.queue().jobs(unfinished=True)[::-1]


@st.fragment(run_every=_LOOK_SECONDS)
def _panel() -> None:
    jobs = [job for job in desk.queue().jobs(limit=30) if _is_shown(job)]
    running = {job.id for job in jobs if job.finished is None}
    event = draw("jobs", [_listed(jobs[:_SHOWN])] if jobs else [])
    if event is not None and event.action in ("cancel", "retry", "forget"):
        _do(event.action, int(event.value))
        st.rerun(scope="fragment")
    if st.session_state.get("jobs running", running) - running:
        st.session_state["jobs running"] = running
        st.rerun()  # what a job has done is shown by the page
    st.session_state["jobs running"] = running


def _is_shown(job: Job) -> bool:
    if job.id in st.session_state.get("jobs forgotten", ()):
        return False
    return job.finished is None or job.finished > time.time() - _RECENT_SECONDS


def _do(name: str, number: int) -> None:
    try:
        if name == "cancel":
            desk.queue().cancel(number)
        elif name == "retry":
            desk.queue().retry(number)
        else:
            st.session_state.setdefault("jobs forgotten", set()).add(number)
    except UserError:
        return  # it has ended meanwhile, as the next look shows


def _listed(jobs: list[Job]) -> Node:
    return node("section", node("h3", "Jobs"), node("ul", [_job(job) for job in jobs], class_="stack"), class_="stack")


def _job(job: Job) -> Node:
    ended = job.finished is not None
    name = f"{words.job_title(job)} {job.id}"
    kind = "soft bad" if job.state is JobState.FAILED else "soft"
    bar = None
    if job.state is JobState.RUNNING:
        total = job.progress.total
        value = min(job.progress.done or 0, total) if total else None
        bar = node("progress", value=value, max=total or None, aria_label=f"{name}: progress")
    if ended:
        buttons = [("retry", "Again")] if job.state is not JobState.DONE else []
        buttons.append(("forget", "Hide"))
    else:
        buttons = [] if job.cancelling else [("cancel", "Cancel")]
    return node(
        "li",
        node("div", node("b", name), node("span", _state(job), class_="soft"), class_="row"),
        node("div", words.job_place(job), class_=kind),
        bar,
        node("div", job.progress.source, class_="soft") if job.progress.source and not ended else None,
        node(
            "div",
            [
                node("button", text, type="button", aria_label=f"{text}: {name}", **action(what, job.id))
                for what, text in buttons
            ],
            class_="row",
        ),
        data_job=job.id,
    )


def _state(job: Job) -> str:
    return "cancelling" if job.cancelling and job.finished is None else job.state.value
