"""Showing nodes in a page, and hearing what a person does with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st

from carrel.ui.drawing.nodes import Node


@dataclass(frozen=True, slots=True)
class Event:
    """What a person did: the `data-action` of the element, and its `data-value`, read as JSON.

    `select` comes from marking characters in a text: its value holds `start`, `end` and `text` beside what the text's
    own `data-value` says; an element with `data-ticked` tells the values of all boxes that are ticked. After one with
    `data-turns`, what is drawn next is shown from its top.
    """

    action: str
    value: Any


@cache
def _component() -> Callable[..., Any]:
    own = files("carrel.ui.drawing")
    return st.components.v2.component(
        "carrel_drawing",
        css=own.joinpath("drawing.css").read_text("utf-8"),
        js=own.joinpath("drawing.js").read_text("utf-8"),
        isolate_styles=False,
    )


def draw(key: str, nodes: Iterable[Node], *, on_event: Callable[[Event], None] | None = None) -> Event | None:
    """Show nodes, and return what was just done with one of them.

    `on_event` hears of it before the script runs again, so that what it changes is drawn at once.
    """

    def heard() -> None:
        event = _event(st.session_state[key])
        if on_event is not None and event is not None:
            on_event(event)

    return _event(_component()(key=key, data={"nodes": list(nodes)}, on_event_change=heard))


def _event(state: Mapping[str, Any]) -> Event | None:
    event = state.get("event")
    return None if event is None else Event(event["action"], event["value"])


def action(name: str, value: object = None) -> dict[str, str]:
    """Return the attributes that let an element report `name` with a value."""
    return {"data_action": name, "data_value": json.dumps(value, ensure_ascii=False)}
