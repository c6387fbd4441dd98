"""The markers of list items as a reader sees them: a bullet or a number, indented by depth."""

from __future__ import annotations

from dataclasses import dataclass

BULLET = "• "
_INDENT = "  "


@dataclass(slots=True)
class _Open:
    ordered: bool
    next_number: int


class ListMarkers:
    """Where a reader of a document stands in its lists."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._marker = ""
        self._items = 0

    def open(self, *, ordered: bool, start: int = 1) -> None:
        """Begin a list, inside the item that is being read if there is one."""
        if not self._open:
            self._items = 0
        self._open.append(_Open(ordered, start))

    def item(self, number: int | None = None) -> None:
        """Begin an item of the innermost list."""
        if not self._open:
            self._marker = BULLET
            return
        current = self._open[-1]
        if number is not None:
            current.next_number = number
        indent = _INDENT * (len(self._open) - 1)
        self._marker = indent + (f"{current.next_number}. " if current.ordered else BULLET)
        current.next_number += 1

    def close(self) -> None:
        """End the innermost list."""
        if self._open:
            self._open.pop()
        self._marker = ""

    def take(self) -> tuple[str, bool]:
        """Return the marker for the next block (empty unless it begins an item) and whether it follows another item."""
        marker, self._marker = self._marker, ""
        if not marker:
            return "", False
        self._items += 1
        return marker, self._items > 1 and bool(self._open)
