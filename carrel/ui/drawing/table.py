"""Tables: side by side where there is room, and on a phone each row as a list of its heads and cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carrel.ui.drawing.nodes import Node, node


@dataclass(frozen=True, slots=True)
class Number:
    """A cell that is aligned as numbers are."""

    text: str


def row(head: Sequence[str], first: str, *cells: Node | Number, **attributes: object) -> Node:
    """Draw a row whose `first` cell names it; every cell knows its head, for where heads are not shown above it."""
    body = [
        node("td", cell.text, class_="number", data_head=name)
        if isinstance(cell, Number)
        else node("td", cell, data_head=name or None)
        for name, cell in zip(head[1:], cells, strict=True)
    ]
    return node("tr", node("th", first, scope="row", data_head=head[0]), body, **attributes)


def table(label: str, caption: str, head: Sequence[str], rows: Sequence[Node]) -> Node:
    """Draw a table that scrolls by itself where it is too wide."""
    drawn = node(
        "table",
        node("caption", caption),
        node("thead", node("tr", [node("th", name, scope="col") for name in head])),
        node("tbody", rows),
    )
    return node("div", drawn, class_="scroll", tabindex="0", role="region", aria_label=label)
