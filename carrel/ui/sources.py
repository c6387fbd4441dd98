"""How sources are drawn: their states, with the reason where one failed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from carrel.types import SourceRecord, SourceState
from carrel.ui import words
from carrel.ui.drawing import Node, node
from carrel.ui.drawing.element import action
from carrel.ui.places import link, place_of


def state_counts(counts: Mapping[str, int], passages: int) -> Node:
    """Draw how many sources are in which state, and how many passages there are."""
    cells = [(f"{passages:,}", "passages"), (f"{sum(counts.values()):,}", "sources")]
    cells += [(f"{count:,}", state.value) for state in SourceState if (count := counts.get(state))]
    return node(
        "div",
        [node("div", node("b", number), node("span", name, class_="soft")) for number, name in cells],
        class_="counts",
        role="status",
    )


def source_list(records: Sequence[SourceRecord], first: int, *, has_more: bool) -> Node:
    """Draw one page of sources, which can be ticked to be deleted."""
    if not records:
        return node("p", "No source is like that.", class_="soft")
    tools = [
        node("label", node("input", type="checkbox", data_all=True), " all on this page", class_="row"),
        node("button", "Delete the ticked ones", type="button", data_action="delete", data_ticked=True),
    ]
    if any(record.state is SourceState.FAILED for record in records):
        tools.append(node("button", "Try failed ones again", type="button", **action("retry")))
    turn = [
        node("button", text, type="button", data_turns=True, **action(name, records[-1].uri))
        for name, text, there in (("previous", "Previous", first > 1), ("next", "Next", has_more))
        if there
    ]
    return node(
        "section",
        node("div", tools, class_="row"),
        node("ul", [_source(record) for record in records], class_="sources"),
        node("div", node("span", f"{first:,} to {first + len(records) - 1:,}", class_="soft"), turn, class_="row"),
        class_="stack",
        aria_label="Sources",
    )


def _source(record: SourceRecord) -> Node:
    name = link(record.uri, place_of(record.uri)) if record.version else node("bdi", record.uri)
    title = node("bdi", record.title, class_="soft") if record.title and record.title != record.uri else None
    facts = [
        node("span", record.state.value, class_=f"badge {record.state.value}"),
        node("span", words.many(record.passages, "passage"), class_="soft"),
        node("span", words.size(record.size), class_="soft") if record.size is not None else None,
    ]
    reason = None
    if record.state is SourceState.FAILED:
        tried = f" ({record.attempts} times)" if record.attempts > 1 else ""
        reason = node("p", f"{record.reason or record.error or 'failed'}{tried}", class_="reason bad")
    tick = node("input", type="checkbox", data_value=json.dumps(record.uri), aria_label=f"Tick {record.uri}")
    return node(
        "li",
        tick,
        node("div", name, title, class_="row"),
        node("div", facts, class_="row facts"),
        reason,
        data_source=record.uri,
    )
