"""Label: the questions whose labelling would tell most, answered with keyboard or mouse."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from carrel.platform.doubt import asked_question
from carrel.platform.labels import export_labels
from carrel.records.asked import AskedQuestion
from carrel.types import AskResult
from carrel.ui import desk, words
from carrel.ui.answers import confidence, passage_text, place_line
from carrel.ui.drawing import Event, Node, draw, node
from carrel.ui.drawing.element import action
from carrel.ui.filters import plain
from carrel.ui.labelling import keep_selection, keep_thumb
from carrel.ui.places import collection, follow
from carrel.ui.welcome import is_ready

_PLACES = ("First", "Second", "Third", "Fourth", "Fifth")
_WAITING = 20
_LONGEST_LIST = 50


@dataclass
class _Labelled:
    """The question that is labelled now, with the answers to choose from."""

    collection: str
    asked: AskedQuestion
    result: AskResult


def label() -> None:
    """Draw the page."""
    st.title("Label")
    if not is_ready():
        return
    _summary()
    waiting = desk.asked(collection()).most_doubtful(limit=_WAITING)
    if waiting:
        _question(waiting)
    else:
        draw("nothing", [node("p", "No question waits for a label. Ask some, or add a list below.", class_="card")])
    _add_questions()


def _summary() -> None:
    where = collection()
    total, settled = desk.asked(where).counts()
    count = desk.labels(where).count()
    draw(
        "summary",
        [
            node(
                "p",
                f"{words.many(count, 'label')}; {settled:,} of {words.many(total, 'question')} done.",
                class_="soft",
            )
        ],
    )
    if count:
        st.download_button(
            "Export in SQuAD format",
            lambda: _exported(where),
            f"carrel-labels-{where}.json",
            "application/json",
            on_click="ignore",
        )


def _exported(where: str) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "labels.json"
        export_labels(file, desk.desk_of(where).store, desk.labels(where), form="squad")
        return file.read_bytes()


def _question(waiting: list[AskedQuestion]) -> None:
    now = _current(waiting)
    reasons = "; ".join(now.asked.reasons) or "nobody has looked at it yet"
    choices = now.result.answers[: len(_PLACES)]
    head = node(
        "section",
        node("h2", node("bdi", now.asked.question)),
        node("p", f"Why this one: {reasons}.", class_="soft"),
        class_="stack",
    )
    draw("question", [head])
    # The keys name the question: what is pressed before the next one is drawn must not answer it.
    own = f"label {now.asked.id}"
    with st.container(horizontal=True):
        pressed = [
            st.button(_PLACES[place], key=f"{own} {place}", shortcut=str(place + 1), help="This answer is right")
            for place in range(len(choices))
        ]
        hint = "None of the documents shown answers it"
        none = st.button("None of these documents", key=f"{own} none", shortcut="0", help=hint)
        later = st.button("Skip", key=f"{own} skip", shortcut="s")
    listed = [_choice(now, place) for place in range(len(choices))]
    event = draw(f"choices {now.asked.id}", [node("ol", listed, data_labelling=now.asked.id)])
    follow(event)
    done = next((place for place, was in enumerate(pressed) if was), None)
    if done is not None:
        _right(now, done)
    elif none:
        for place in range(len(choices)):
            keep_thumb(now.collection, now.asked.question, choices[place], right=False, filters=now.asked.filters)
        _next()
    elif later:
        desk.asked(now.collection).settle(now.asked.question, now.asked.filters)
        _next()
    elif event is not None:
        _by_mouse(now, event)


def _current(waiting: list[AskedQuestion]) -> _Labelled:
    """Return the question that is shown until it is done; its answers are found once."""
    now: _Labelled | None = st.session_state.get("labelled")
    if now is None or now.collection != collection():
        first = waiting[0]
        result = desk.desk_of(collection()).ask(first.question, filters=first.filters)
        now = st.session_state["labelled"] = _Labelled(collection(), first, result)
    return now


def _choice(now: _Labelled, place: int) -> Node:
    answer = now.result.answers[place]
    name = node(
        "button", f"{place + 1}", type="button", aria_label=f"Answer {place + 1} is right", **action("right", place)
    )
    return node(
        "li",
        node(
            "div",
            node("div", name, node("span", answer.text, class_="answer"), class_="row further"),
            node("div", place_line(answer), confidence(answer), class_="row"),
            passage_text(answer),
            class_="hit stack",
        ),
        data_answer=place,
    )


def _by_mouse(now: _Labelled, event: Event) -> None:
    if event.action == "right":
        _right(now, int(event.value))
    elif event.action == "select":
        said = keep_selection(now.collection, now.asked.question, event.value, filters=now.asked.filters)
        st.toast(plain(said))
        _next()


def _right(now: _Labelled, place: int) -> None:
    keep_thumb(now.collection, now.asked.question, now.result.answers[place], right=True, filters=now.asked.filters)
    _next()


def _next() -> None:
    del st.session_state["labelled"]
    st.rerun()


def _add_questions() -> None:
    with st.expander("Add questions"), st.form("questions", border=False, clear_on_submit=True):
        typed = st.text_area(f"Questions, one a line, {_LONGEST_LIST} at most at a time")
        if not st.form_submit_button("Ask them"):
            return
    questions = list(dict.fromkeys(line.strip()[:500] for line in typed.splitlines() if line.strip()))[:_LONGEST_LIST]
    if not questions:
        return
    bar = st.progress(0.0, "Asking")
    platform, kept = desk.desk_of(collection()), desk.asked(collection())
    for done, question in enumerate(questions, start=1):
        kept.add(asked_question(platform.ask(question), None))
        bar.progress(done / len(questions), f"Asked {done} of {len(questions)}")
    st.rerun()
