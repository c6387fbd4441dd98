"""OpenDocument: texts (ODT), presentations (ODP, a page for each slide) and spreadsheets (ODS)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Any

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Block, Converted, assemble, choose_title
from carrel.indexing.converters.lists import ListMarkers
from carrel.indexing.converters.opendocument_rows import rows
from carrel.indexing.converters.opendocument_text import TEXT_BOX, paragraph_text, qualified
from carrel.indexing.converters.packages import local_name, open_package, parse_xml
from carrel.indexing.converters.tables import sheet_blocks, table_text

_ENCRYPTION = qualified("manifest", "encryption-data")
_HEADING, _PARAGRAPH, _LEVEL = qualified("text", "h"), qualified("text", "p"), qualified("text", "outline-level")
_LIST, _ITEM, _STYLE = qualified("text", "list"), qualified("text", "list-item"), qualified("text", "style-name")
_LIST_STYLE, _NUMBERED = qualified("text", "list-style"), qualified("text", "list-level-style-number")
_TABLE, _TABLE_NAME = qualified("table", "table"), qualified("table", "name")
_SLIDE, _NOTES = qualified("draw", "page"), qualified("presentation", "notes")
_CLASS = qualified("presentation", "class")
_META_FIELDS = {"initial-creator": "author", "creator": "author", "subject": "subject", "language": "language"}
_LEFT_OUT = frozenset(
    (
        qualified("text", "tracked-changes"),
        qualified("text", "table-of-content"),
        qualified("office", "annotation"),
        qualified("svg", "title"),
        qualified("svg", "desc"),
    )
)


def convert(data: bytes, name: str) -> Converted:
    """Read an OpenDocument file.

    Raises:
        ConversionError: it has a password, is damaged, or holds no text.
    """
    with open_package(data, "an OpenDocument file") as package:
        _refuse_encrypted(package)
        root = parse_xml(package.read("content.xml"))
        fields = _metadata(package)
    body = root.find(qualified("office", "body"))
    kind = next(iter(body), None) if body is not None else None
    if kind is None:
        raise ConversionError("damaged file", "The file cannot be read as an OpenDocument file: it has no body")
    slides = list(kind.iterchildren(_SLIDE))
    numbered = _numbered_lists(root)
    if local_name(kind) == "spreadsheet":
        pages = [list(_sheets(kind))]
    else:
        pages = [list(_Reader(numbered).blocks(part)) for part in slides or [kind]]
    title = choose_title([fields.pop("title", None)], [block for page in pages for block in page], name)
    return Converted(assemble(pages, title=title, paged=bool(slides)), fields)


def _refuse_encrypted(package: zipfile.ZipFile) -> None:
    names = package.namelist()
    manifest = parse_xml(package.read("META-INF/manifest.xml")) if "META-INF/manifest.xml" in names else None
    if manifest is not None and next(manifest.iter(_ENCRYPTION), None) is not None:
        raise ConversionError("password protected", "The file is protected with a password; save a copy without one")


def _metadata(package: zipfile.ZipFile) -> dict[str, Any]:
    if "meta.xml" not in package.namelist():
        return {}
    found: dict[str, Any] = {}
    for element in parse_xml(package.read("meta.xml")).iter("*"):
        field = {**_META_FIELDS, "title": "title"}.get(local_name(element))
        text = " ".join((element.text or "").split())
        if field and text:
            found.setdefault(field, text)
    return found


def _numbered_lists(root: Any) -> frozenset[str]:
    """Return the names of the list styles whose items are numbered."""
    name = qualified("style", "name")
    return frozenset(
        style.get(name)
        for style in root.iter(_LIST_STYLE)
        if next(iter(style), None) is not None and next(iter(style)).tag == _NUMBERED
    )


def _sheets(spreadsheet: Any) -> Iterator[Block]:
    for table in spreadsheet.iterchildren(_TABLE):
        tables = list(sheet_blocks(rows(table)))
        if tables:
            yield Block(table.get(_TABLE_NAME) or "", level=1)
            yield from tables


class _Reader:
    """Reads the elements of a text or a slide as blocks."""

    def __init__(self, numbered: frozenset[str]) -> None:
        self._numbered = numbered
        self._lists = ListMarkers()

    def blocks(self, parent: Any) -> Iterator[Block]:
        """Yield the blocks under an element, in order; a slide's notes come at its end."""
        for element in parent:
            if element.tag in (_HEADING, _PARAGRAPH):
                yield from self._paragraph(element)
            elif element.tag == _LIST:
                yield from self._list(element)
            elif element.tag == _TABLE:
                yield Block(table_text(list(rows(element))))
            elif element.tag == _NOTES:
                notes = " ".join(block.text for block in self.blocks(element))
                yield Block(f"Notes: {notes}" if notes.strip() else "")
            elif element.get(_CLASS) == "title":
                yield Block(" ".join(block.text for block in self.blocks(element)), level=1)
            elif element.tag not in _LEFT_OUT and isinstance(element.tag, str):
                yield from self.blocks(element)

    def _paragraph(self, paragraph: Any) -> Iterator[Block]:
        text = paragraph_text(paragraph).strip()
        if text:
            level = int(paragraph.get(_LEVEL) or 1) if paragraph.tag == _HEADING else 0
            marker, in_list = ("", False) if level else self._lists.take()
            yield Block(marker + text, level=level, tight=in_list)
        for box in paragraph.iter(TEXT_BOX):
            yield from self.blocks(box)

    def _list(self, element: Any) -> Iterator[Block]:
        self._lists.open(ordered=element.get(_STYLE) in self._numbered)
        for item in element:
            if item.tag == _ITEM:
                self._lists.item()
            yield from self.blocks(item)
        self._lists.close()
