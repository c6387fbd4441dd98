"""Nodes: a tag, its attributes and its children; a string is text, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

Node: TypeAlias = "str | list[str | dict[str, str] | list[Node]]"

TAGS = frozenset(
    {
        *("a", "article", "b", "bdi", "button", "caption", "dd", "details", "div", "dl", "dt", "h2", "h3", "input"),
        *("label", "li", "mark", "meter", "ol", "p", "progress", "section", "span", "summary", "table", "tbody", "td"),
        *("th", "thead", "tr", "ul"),
    }
)


def node(tag: str, *children: Node | Iterable[Node | None] | None, **attributes: object) -> Node:
    """Return a node.

    A child may be a list of nodes; None stands for nothing. Attributes are written as `class_` or `data_action`; None
    and False leave one away, True stands for an attribute without a value.
    """
    if tag not in TAGS:
        raise ValueError(f"the pages draw no element {tag!r}")
    given = {
        name.rstrip("_").replace("_", "-"): "" if value is True else str(value)
        for name, value in attributes.items()
        if value is not None and value is not False
    }
    return [tag, given, [kept for child in children for kept in _flat(child)]]


def _flat(child: Node | Iterable[Node | None] | None) -> list[Node]:
    if child is None:
        return []
    if isinstance(child, str):
        return [child]
    nodes: list[Any] = list(child)
    is_node = len(nodes) == 3 and isinstance(nodes[0], str) and isinstance(nodes[1], dict)
    return [nodes] if is_node else [one for one in nodes if one is not None]
