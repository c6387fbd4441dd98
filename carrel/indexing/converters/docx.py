"""DOCX: paragraphs, headings, lists and tables of a document's body, in order.

python-docx opens the package and knows its styles; the text is read from the XML, because its paragraphs leave out
tracked insertions, content controls and text boxes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import docx
from docx.document import Document
from docx.oxml.ns import qn

from carrel.indexing.converters.document import Block, Converted, assemble, choose_title
from carrel.indexing.converters.docx_numbering import Numbering
from carrel.indexing.converters.office import properties
from carrel.indexing.converters.packages import open_package
from carrel.indexing.converters.tables import table_text

_PARAGRAPH, _TABLE, _ROW, _CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_TEXT = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_CONTAINERS = frozenset((qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:smartTag"), qn("w:customXml")))
_LEFT_OUT = frozenset(
    (
        qn("w:del"),
        qn("w:pPr"),
        qn("w:moveFrom"),
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    )
)
_BOX, _INLINE = qn("w:txbxContent"), qn("wp:inline")
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)


def convert(data: bytes, name: str) -> Converted:
    """Read a Word document.

    Raises:
        ConversionError: it is encrypted, damaged, no DOCX, or holds no text.
    """
    with open_package(data, "a Word document") as package:
        title, meta = properties(package)
        document = docx.Document(io.BytesIO(data))
    blocks = list(_Reader(document).blocks(document.element.body))
    return Converted(assemble([blocks], title=choose_title([title], blocks, name)), meta)


class _Reader:
    """Reads the elements of a body as blocks."""

    def __init__(self, document: Document) -> None:
        self._levels = {style.style_id: _heading_level(style) for style in document.styles}
        self._numbering = Numbering(document)

    def blocks(self, parent: Any) -> Iterator[Block]:
        """Yield the blocks under a body, cell or text box."""
        for element in parent:
            if element.tag == _PARAGRAPH:
                yield from self._paragraph(element)
            elif element.tag == _TABLE:
                yield from self._table(element)
            elif element.tag in _CONTAINERS:
                yield from self.blocks(element)

    def _paragraph(self, paragraph: Any) -> Iterator[Block]:
        text = paragraph_text(paragraph).strip()
        if text:
            level = self._level(paragraph)
            marker, in_list = ("", False) if level else self._numbering.marker(paragraph)
            yield Block(marker + text, level=level, tight=in_list)
        for box in _boxes(paragraph):
            yield from self.blocks(box)

    def _level(self, paragraph: Any) -> int:
        properties = paragraph.pPr
        outline = None if properties is None else properties.find(qn("w:outlineLvl"))
        if outline is not None and int(outline.get(qn("w:val"))) < 9:
            return int(outline.get(qn("w:val"))) + 1
        return self._levels.get(paragraph.style, 0)

    def _table(self, table: Any) -> Iterator[Block]:
        rows = [[self._cell(cell) for cell in _children(row, _CELL)] for row in _children(table, _ROW)]
        if max(map(len, rows), default=0) == 1:
            for row in _children(table, _ROW):
                for cell in _children(row, _CELL):
                    yield from self.blocks(cell)
        else:
            yield Block(table_text(rows))

    def _cell(self, cell: Any) -> str:
        return " ".join(block.text for block in self.blocks(cell))


def paragraph_text(element: Any) -> str:
    """Return the text of a paragraph as it is printed: with insertions, without deletions and text boxes."""
    parts = []
    for child in element:
        if child.tag == qn("w:t"):
            parts.append(child.text or "")
        elif child.tag in _TEXT:
            parts.append(_TEXT[child.tag])
        elif child.tag == _INLINE:
            parts.append(
                " ".join(paragraph_text(p) for box in _boxes(child, inline=True) for p in box.iter(_PARAGRAPH))
            )
        elif child.tag not in _LEFT_OUT and child.tag != _BOX:
            parts.append(paragraph_text(child))
    return "".join(parts)


def _boxes(element: Any, *, inline: bool = False) -> Iterator[Any]:
    """Yield the text boxes that are anchored in a paragraph; of two renderings of one, the newer.

    Those that stand in its line belong to its text, and come only with `inline`.
    """
    for child in element:
        if child.tag == _BOX:
            yield child
        elif child.tag not in _LEFT_OUT and (inline or child.tag != _INLINE):
            yield from _boxes(child, inline=inline)


def _children(parent: Any, tag: str) -> Iterator[Any]:
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in _CONTAINERS:
            yield from _children(child, tag)


def _heading_level(style: Any) -> int:
    """Return the heading level of a paragraph style, by its name or that of a style that it is based on."""
    seen = 0
    while style is not None and seen < 10:
        name = style.name or ""
        found = _HEADING.fullmatch(name)
        if found or name.lower() == "title":
            return int(found[1]) if found else 1
        style = getattr(style, "base_style", None)
        seen += 1
    return 0
