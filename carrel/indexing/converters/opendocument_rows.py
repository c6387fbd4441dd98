"""The rows of OpenDocument tables, where one element may stand for many equal cells or rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from carrel.indexing.converters.opendocument_text import paragraph_text, qualified

_PARAGRAPH = qualified("text", "p")
_ROW, _HEADER_ROWS = qualified("table", "table-row"), qualified("table", "table-header-rows")
_GROUPS = (_HEADER_ROWS, qualified("table", "table-row-group"), qualified("table", "table-rows"))
_CELLS = (qualified("table", "table-cell"), qualified("table", "covered-table-cell"))
_ROWS_REPEATED = qualified("table", "number-rows-repeated")
_COLUMNS_REPEATED = qualified("table", "number-columns-repeated")
_MOST_REPEATED = 1000
"""How often equal cells or rows with text are written out; to fill a sheet, formats repeat them a million times."""


def rows(table: Any) -> Iterator[list[str]]:
    """Yield the rows of a table as the texts of their cells."""
    for element in table:
        if element.tag in _GROUPS:
            yield from rows(element)
        elif element.tag == _ROW:
            row = _cells(element)
            count = _repeated(element, _ROWS_REPEATED) if row else 1
            for _ in range(count):
                yield row


def _cells(row: Any) -> list[str]:
    cells: list[str] = []
    for element in row:
        if element.tag in _CELLS:
            text = "\n".join(paragraph_text(paragraph) for paragraph in element.iter(_PARAGRAPH))
            cells += [text] * _repeated(element, _COLUMNS_REPEATED)
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _repeated(element: Any, attribute: str) -> int:
    return min(int(element.get(attribute) or 1), _MOST_REPEATED)
