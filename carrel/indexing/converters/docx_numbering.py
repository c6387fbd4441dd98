"""The list markers of a Word document, which stand in its numbering definitions."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from docx.document import Document
from docx.oxml.ns import qn

from carrel.indexing.converters.lists import BULLET

_INDENT = "  "


class Numbering:
    """Counts the items of a document's lists, in the order of its paragraphs."""

    def __init__(self, document: Document) -> None:
        self._formats = _formats(document)
        self._styles = {style.style_id: _reference(style.element.find(qn("w:pPr"))) for style in document.styles}
        self._counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
        self._in_list = False

    def marker(self, paragraph: Any) -> tuple[str, bool]:
        """Return the marker of a paragraph (empty if it is in no list) and whether it follows another item."""
        reference = _reference(paragraph.pPr) or self._styles.get(paragraph.style)
        if reference is None or reference[0] == "0":
            self._in_list = False
            return "", False
        follows, self._in_list = self._in_list, True
        number, level = reference
        counts = self._counts[number]
        counts[level] = counts.get(level, 0) + 1
        for deeper in [known for known in counts if known > level]:
            del counts[deeper]
        is_bullet = self._formats.get((number, level), "bullet") in ("bullet", "none")
        return _INDENT * level + (BULLET if is_bullet else f"{counts[level]}. "), follows


def _reference(properties: Any) -> tuple[str, int] | None:
    """Return the number of a list and the level in it that paragraph properties name."""
    found = None if properties is None else properties.find(qn("w:numPr"))
    number = None if found is None else found.find(qn("w:numId"))
    if found is None or number is None:
        return None
    level = found.find(qn("w:ilvl"))
    return number.get(qn("w:val")), 0 if level is None else int(level.get(qn("w:val")))


def _formats(document: Document) -> dict[tuple[str, int], str]:
    """Return the number format of each level of each list."""
    try:
        root = document.part.numbering_part.element
    except (KeyError, NotImplementedError):
        return {}
    abstract = {
        item.get(qn("w:abstractNumId")): {
            int(level.get(qn("w:ilvl"))): level.find(qn("w:numFmt")).get(qn("w:val"))
            for level in item.findall(qn("w:lvl"))
            if level.find(qn("w:numFmt")) is not None
        }
        for item in root.findall(qn("w:abstractNum"))
    }
    found = {}
    for item in root.findall(qn("w:num")):
        reference = item.find(qn("w:abstractNumId"))
        levels = {} if reference is None else abstract.get(reference.get(qn("w:val")), {})
        found.update({(item.get(qn("w:numId")), level): form for level, form in levels.items()})
    return found
