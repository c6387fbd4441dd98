"""PPTX: the slides of a presentation as pages, each with its title, texts, tables and notes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pptx
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.oxml.ns import qn

from carrel.indexing.converters.document import Block, Converted, assemble, choose_title
from carrel.indexing.converters.lists import BULLET
from carrel.indexing.converters.office import properties
from carrel.indexing.converters.packages import open_package, parse_xml
from carrel.indexing.converters.tables import table_text

_INDENT = "  "
_TEXT = {qn("a:br"): "\n"}
_TITLES = ("title", "ctrTitle")


def convert(data: bytes, name: str) -> Converted:
    """Read a presentation; the speaker's notes stand at the end of their slide.

    Raises:
        ConversionError: it has a password, is damaged, or holds no text.
    """
    with open_package(data, "a PowerPoint presentation") as package:
        title, meta = properties(package)
        presentation = pptx.Presentation(io.BytesIO(data))
    slides = [list(_slide(slide)) for slide in presentation.slides]
    title = choose_title([title], [block for slide in slides for block in slide], name)
    return Converted(assemble(slides, title=title, paged=True), meta)


def _slide(slide: Any) -> Iterator[Block]:
    titles = [shape for shape in slide.shapes if _is_title(shape)]
    for shape in titles:
        yield Block(" ".join(_paragraph_text(p) for p in _paragraphs(shape)), level=1)
    for shape in slide.shapes:
        if not _is_title(shape):
            yield from _shape(shape)
    yield from _diagrams(slide)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = [_paragraph_text(p._p) for p in slide.notes_slide.notes_text_frame.paragraphs]
        yield Block("Notes: " + "\n".join(notes) if any(map(str.strip, notes)) else "")


def _is_title(shape: Any) -> bool:
    placeholder = next(shape._element.iter(qn("p:ph")), None) if shape.is_placeholder else None
    return placeholder is not None and placeholder.get("type") in _TITLES


def _shape(shape: Any) -> Iterator[Block]:
    if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
        for inner in shape.shapes:
            yield from _shape(inner)
    elif getattr(shape, "has_table", False):
        yield Block(table_text([[cell.text for cell in row.cells] for row in shape.table.rows]))
    elif getattr(shape, "has_chart", False):
        yield from _chart(shape.chart)
    elif shape.has_text_frame:
        yield from _texts(shape)


def _texts(shape: Any) -> Iterator[Block]:
    """Yield the paragraphs of a shape; where there are several, or some are indented, they are a list."""
    paragraphs = [(p, _paragraph_text(p).strip()) for p in _paragraphs(shape)]
    filled = [(p, text) for p, text in paragraphs if text]
    for number, (paragraph, text) in enumerate(filled):
        level = _level(paragraph)
        is_item = level > 0 or (shape.is_placeholder and len(filled) > 1)
        yield Block(_INDENT * level + BULLET + text if is_item else text, tight=is_item and number > 0)


def _paragraphs(shape: Any) -> list[Any]:
    return [paragraph._p for paragraph in shape.text_frame.paragraphs]


def _paragraph_text(paragraph: Any) -> str:
    parts = []
    for element in paragraph.iter():
        if element.tag == qn("a:t"):
            parts.append(element.text or "")
        elif element.tag in _TEXT:
            parts.append(_TEXT[element.tag])
    return "".join(parts)


def _level(paragraph: Any) -> int:
    properties = paragraph.find(qn("a:pPr"))
    return int(properties.get("lvl") or 0) if properties is not None else 0


def _chart(chart: Any) -> Iterator[Block]:
    """Yield the title of a chart and its values, a row for each category."""
    if chart.has_title and chart.chart_title.has_text_frame:
        yield Block(chart.chart_title.text_frame.text)
    for plot in chart.plots:
        series = list(plot.series)
        rows = [["", *(one.name or "" for one in series)]]
        columns = [list(one.values) for one in series]
        for number, category in enumerate(plot.categories):
            row = [column[number] if number < len(column) else None for column in columns]
            rows.append([str(category), *("" if given is None else f"{given:g}" for given in row)])
        yield Block(table_text(rows))


def _diagrams(slide: Any) -> Iterator[Block]:
    """Yield the texts of the diagrams (SmartArt) of a slide, which stand in parts of their own."""
    for relation in slide.part.rels.values():
        if relation.reltype.endswith("/diagramData") and not relation.is_external:
            yield from _diagram(parse_xml(relation.target_part.blob))


def _diagram(root: Any) -> Iterator[Block]:
    texts = (_paragraph_text(paragraph).strip() for paragraph in root.iter(qn("a:p")))
    for number, text in enumerate(filter(None, texts)):
        yield Block(BULLET + text, tight=number > 0)
