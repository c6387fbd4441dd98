"""The element tree of a page as blocks of text, in the order of reading."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from carrel.indexing.converters.document import Block
from carrel.indexing.converters.html_boilerplate import Boilerplate
from carrel.indexing.converters.lists import ListMarkers
from carrel.indexing.converters.tables import table_text

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_HIDDEN_TAGS = """
script style noscript template head title svg iframe object canvas audio video map input select option button textarea
datalist
"""
_BLOCK_TAGS = """
address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer
form header hgroup hr legend li main menu nav ol p pre section summary table tbody td tfoot th thead tr ul
"""
_HIDDEN = frozenset(_HIDDEN_TAGS.split())
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
_NOT_IN_DATA_TABLES = (*_HEADINGS, "table", "ul", "ol", "pre")
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_WHITE = re.compile(r"[ \t\n\r\f]+")
_LINE_BREAK = "\v"
_AROUND_LINE_BREAK = re.compile(f" *{_LINE_BREAK} *")


def read_blocks(root: Any, *, boilerplate: bool) -> list[Block]:
    """Return the blocks under an element; what is no part of a page's text only with `boilerplate`."""
    reader = _Reader()
    left_out = None if boilerplate else Boilerplate(root)
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, node in walk:
        if event == "end":
            reader.leave(node, root)
        elif node is not root and (_is_hidden(node) or (left_out is not None and left_out.holds(node))):
            reader.skip(node)
            walk.skip_subtree()
        elif _is_data_table(node):
            reader.table(node)
            walk.skip_subtree()
        else:
            reader.enter(node)
    reader.flush()
    return reader.blocks


class _Reader:
    """Collects the text of inline elements until a block begins or ends."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._inline: list[str] = []
        self._lists = ListMarkers()
        self._preformatted = 0
        self._skipped: Any = None

    def enter(self, node: Any) -> None:
        tag = node.tag
        if tag in _BLOCKS or tag in _HEADINGS:
            self.flush()
        if tag == "br":
            self._inline.append("\n" if self._preformatted else _LINE_BREAK)
        elif tag == "img":
            self._inline.append(node.get("alt") or "")
        elif tag in _LISTS:
            self._lists.open(ordered=tag == "ol", start=_integer(node.get("start"), 1))
        elif tag == "li":
            self._lists.item(_integer(node.get("value"), None))
        elif tag == "pre":
            self._preformatted += 1
        self._inline.append(node.text or "")

    def leave(self, node: Any, root: Any) -> None:
        tag = node.tag
        if self._skipped is node:
            self._skipped = None
        else:
            if tag in _BLOCKS or tag in _HEADINGS:
                self.flush(level=_HEADINGS.get(tag, 0), tight=tag == "dd")
            if tag in _LISTS:
                self._lists.close()
            elif tag == "pre":
                self._preformatted -= 1
        if node is not root:
            self._inline.append(node.tail or "")

    def skip(self, node: Any) -> None:
        """Leave this element out; it still parts what stands before it from what stands after."""
        if node.tag in _BLOCKS:
            self.flush()
        self._skipped = node

    def table(self, node: Any) -> None:
        self.flush()
        self._skipped = node
        for caption in node.iterchildren("caption"):
            self.blocks.append(Block(_visible_text(caption)))
        rows = [[_visible_text(cell) for cell in row.iterchildren("td", "th")] for row in node.iter("tr")]
        self.blocks.append(Block(table_text(rows)))

    def flush(self, *, level: int = 0, tight: bool = False) -> None:
        text = "".join(self._inline)
        self._inline.clear()
        text = text.strip("\n") if self._preformatted else _collapse(text)
        if not text.strip():
            return
        if level:
            self.blocks.append(Block(text, level=level))
            return
        marker, in_list = self._lists.take()
        self.blocks.append(Block(marker + text, tight=tight or in_list))


def _collapse(text: str) -> str:
    return _AROUND_LINE_BREAK.sub("\n", _WHITE.sub(" ", text)).strip(" \n")


def _visible_text(element: Any) -> str:
    """Return the text of a table cell in one line."""
    parts = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        if event == "end":
            parts += [" " if node.tag in _BLOCKS else "", (node.tail or "") if node is not element else ""]
        elif _is_hidden(node):
            walk.skip_subtree()
        else:
            parts += [
                " " if node.tag == "br" else "",
                node.get("alt") or "" if node.tag == "img" else "",
                node.text or "",
            ]
    return " ".join("".join(parts).split())


def _is_hidden(node: Any) -> bool:
    return node.tag in _HIDDEN or "hidden" in node.attrib or bool(_HIDING_STYLE.search(node.get("style") or ""))


def _is_data_table(node: Any) -> bool:
    """Tell a table of values from one that lays out a page, which holds headings, lists, tables or one column."""
    if node.tag != "table" or next(node.iterdescendants(*_NOT_IN_DATA_TABLES), None) is not None:
        return False
    return any(sum(1 for _ in row.iterchildren("td", "th")) > 1 for row in node.iter("tr"))


def _integer(value: str | None, default: Any) -> Any:
    return int(value) if value and value.strip().isdecimal() else default
