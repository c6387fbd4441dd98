"""Places in documents: the address of a page that shows one, and how a link to it looks."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import streamlit as st

from carrel.types import Span
from carrel.ui.drawing import Event, Node, node

DOCUMENT = "document"
"""The path of the page that shows a document."""


def place_of(source: str, version: str | None = None, span: Span | None = None, **further: str) -> dict[str, str]:
    """Return the parameters of the page that shows a source, at a span of one of its versions."""
    params = {"collection": collection(), "source": source}
    if version is not None:
        params["version"] = version
    if span is not None:
        params |= {"start": str(span.start), "end": str(span.end)}
    return {**params, **further}


def link(text: str, params: dict[str, str], **attributes: object) -> Node:
    """Return a link to a place; it opens here, and in another tab where the browser is told so."""
    return node(
        "a",
        node("bdi", text),
        href=f"/{DOCUMENT}?{urlencode(params, errors='replace')}",
        data_action="open",
        data_value=json.dumps(params),
        **attributes,
    )


def follow(event: Event | None) -> None:
    """Go where a link leads, if one was clicked."""
    if event is not None and event.action == "open":
        st.switch_page(st.session_state["document_page"], query_params=event.value)


def collection() -> str:
    """Return the collection that the pages show."""
    return str(st.session_state["collection"])
