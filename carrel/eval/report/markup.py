"""HTML and SVG as text, with everything from outside escaped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Markup:
    """Text that is HTML already; everything else is escaped when it is put into an element."""

    text: str

    def __str__(self) -> str:
        return self.text


Child: TypeAlias = "Markup | str | int | float | Iterable[Child] | None"
_VOID = frozenset({"meta", "br", "input", "line", "rect", "circle", "path", "polyline", "polygon"})


def element(tag: str, *children: Child, **attributes: object) -> Markup:
    """Return an element; `class_` stands for `class`, `_` in names for `-`, True for an attribute without a value."""
    written = "".join(_attribute(name, value) for name, value in attributes.items() if value not in (None, False))
    if tag in _VOID:
        return Markup(f"<{tag}{written}/>" if tag not in {"meta", "br", "input"} else f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{join(children)}</{tag}>")


def join(children: Iterable[Child]) -> Markup:
    """Return children one after another; None is nothing."""
    parts: list[str] = []
    for child in children:
        if child is None:
            continue
        if isinstance(child, Markup):
            parts.append(child.text)
        elif isinstance(child, str | int | float):
            parts.append(escape(str(child), quote=False))
        else:
            parts.append(join(child).text)
    return Markup("".join(parts))


def _attribute(name: str, value: object) -> str:
    name = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return f' {name}="{escape(text)}"'
