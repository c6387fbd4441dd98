"""What a page says while a collection holds nothing: how to begin, with documents of one's own or with the examples."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

import carrel
from carrel.platform.jobs import INDEX, IndexRequest
from carrel.ui import desk, words
from carrel.ui.drawing import draw, node
from carrel.ui.drawing.element import action
from carrel.ui.jobs import unfinished
from carrel.ui.places import collection

EXAMPLES = Path(carrel.__file__).resolve().parents[1] / "examples" / "wikipedia" / "articles"
"""Articles to try Carrel with; they are part of the source, not of the installed package."""


def is_ready() -> bool:
    """Tell whether the collection holds something to search; if not, say how to begin."""
    if desk.exists(collection()) and desk.desk_of(collection()).store.source_counts().get("indexed"):
        return True
    waiting = [job for job in unfinished() if job.collection == collection()]
    if waiting:
        draw(
            "begin",
            [node("p", "The first documents are being indexed; they can be asked as they come in.", class_="card")],
        )
        return False
    _offer()
    return False


def _offer() -> None:
    buttons = [node("button", "Add your own documents", type="button", **action("library"))]
    if EXAMPLES.is_dir():
        count = words.many(len(list(EXAMPLES.glob("*.txt"))), "Wikipedia article")
        buttons.append(node("button", f"Try the example: {count}", type="button", **action("example")))
    event = draw(
        "begin",
        [
            node(
                "section",
                node("h2", "Nothing is on this desk yet"),
                node("p", "Carrel answers from your own documents, with the exact words and the place they stand at."),
                node("div", buttons, class_="row"),
                class_="card stack",
            )
        ],
    )
    if event is not None and event.action == "example":
        desk.queue().add(INDEX, collection(), IndexRequest(paths=(str(EXAMPLES),)).arguments())
        st.rerun()
    if event is not None and event.action == "library":
        st.switch_page(st.session_state["library_page"])
