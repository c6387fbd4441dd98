"""Ask: a question, its answer, and the place where it stands."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import streamlit as st

from carrel.platform.doubt import asked_question
from carrel.types import AskResult
from carrel.ui import desk, words
from carrel.ui.answers import answered
from carrel.ui.drawing import Event, Node, draw, node
from carrel.ui.drawing.element import action
from carrel.ui.filters import Condition, chosen_filters
from carrel.ui.labelling import keep_selection, keep_thumb
from carrel.ui.places import collection, follow
from carrel.ui.welcome import is_ready

_HISTORY = 12
_RISKS = {"as the reader decides": None, "at most 5 %": 0.05, "at most 10 %": 0.1, "at most 20 %": 0.2}


@dataclass
class _Asked:
    """The question that is shown, what was answered, and what was said of it."""

    collection: str
    question: str
    filters: Condition | None
    risk: float | None
    result: AskResult
    said: dict[int, str] = field(default_factory=dict)
    note: str = ""

    def is_for(self, where: str, question: str, filters: Condition | None, risk: float | None) -> bool:
        return (self.collection, self.question, self.filters, self.risk) == (where, question, filters, risk)


def ask() -> None:
    """Draw the page."""
    st.title("Ask")
    if not is_ready():
        return
    question, submitted, filters, risk = _form()
    shown: _Asked | None = st.session_state.get("asked")
    stages = st.empty()
    if question and (submitted or shown is None or shown.question != question or shown.collection != collection()):
        shown = _answer(question, filters, risk, stages)
    if shown is not None and shown.collection == collection():
        _show(shown, stages)
    _history()


def _form() -> tuple[str, bool, Condition | None, float | None]:
    """Draw the question's field; a link may bring a question along."""
    if (brought := st.session_state.pop("ask next", None) or _from_link()) is not None:
        st.session_state["question"] = brought
    with st.form("ask", border=False):
        field_, button = st.columns([6, 1], vertical_alignment="bottom")
        question = field_.text_input(
            "Question", key="question", max_chars=500, placeholder="Ask what your documents say", autocomplete="off"
        )
        submitted = button.form_submit_button("Ask", type="primary", width="stretch")
    with st.expander("Narrow down"):
        filters = chosen_filters("ask", collection())
        risk = _RISKS[st.selectbox("Wrong among the answers given", list(_RISKS), key="ask risk")]
    return question.strip(), submitted, filters, risk


def _from_link() -> str | None:
    return st.query_params.get("q") if "question" not in st.session_state else None


def _answer(
    question: str, filters: Condition | None, risk: float | None, stages: st.delta_generator.DeltaGenerator
) -> _Asked:
    """Answer a question, and say meanwhile how far that is."""
    where = collection()
    _stage(stages, "Searching…")
    began = time.perf_counter()

    def found(count: int) -> None:
        taken = words.seconds(time.perf_counter() - began)
        _stage(stages, f"Found {words.many(count, 'passage')} in {taken}. Reading…")

    result = desk.desk_of(where).ask(question, filters=filters, risk=risk, on_found=found)
    asked = _Asked(where, question, filters, risk, result)
    st.session_state["asked"] = asked
    st.query_params["q"] = question
    desk.asked(where).add(asked_question(result, filters))
    return asked


def _stage(stages: st.delta_generator.DeltaGenerator, words_: str) -> None:
    with stages.container():
        draw(f"stage {words_[:5]}", [node("p", words_, class_="soft", role="status")])


def _show(shown: _Asked, stages: st.delta_generator.DeltaGenerator) -> None:
    result, taken = shown.result, shown.result.seconds
    found = words.many(len(result.passages), "passage")
    with stages.container():
        parts: list[Node] = [
            f"Found {found} in {words.seconds(taken['retrieve'])}, read them in {words.seconds(taken['read'])}. ",
            node("b", f"Answered in {words.seconds(taken['total'])}."),
        ]
        draw("stage done", [node("p", parts, class_="soft", role="status")])
    event = draw("answers", answered(result, shown.said))
    follow(event)
    if event is not None and _said(shown, event):
        st.rerun()
    if shown.note:
        draw("said", [node("p", node("bdi", shown.note), class_="soft", role="status")])


def _said(shown: _Asked, event: Event) -> bool:
    """Keep what a person says of an answer; returns whether that was it."""
    if event.action in ("right", "wrong"):
        answer, right = shown.result.answers[event.value], event.action == "right"
        shown.note = keep_thumb(shown.collection, shown.question, answer, right=right, filters=shown.filters)
        shown.said[event.value] = event.action
        return True
    if event.action == "select":
        shown.note = keep_selection(shown.collection, shown.question, event.value, filters=shown.filters)
        return True
    return False


def _history() -> None:
    earlier = desk.asked(collection()).latest(limit=_HISTORY)
    if not earlier:
        return
    with st.expander("Earlier questions"):
        rows = [
            node(
                "li",
                node("button", node("bdi", one.question), type="button", **action("ask", one.question)),
                node("bdi", "no answer" if one.abstained else one.answer[:80], class_="soft"),
                node("span", words.moment(one.asked), class_="soft"),
                class_="row",
            )
            for one in earlier
        ]
        event = draw("history", [node("ul", rows, class_="stack")])
    if event is not None and event.action == "ask":
        st.session_state["ask next"] = event.value
        st.rerun()
