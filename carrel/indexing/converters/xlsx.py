"""XLSX: the sheets of a workbook, their rows as they are shown."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterator
from typing import Any

import openpyxl  # type: ignore[import-untyped]

from carrel.indexing.converters.document import Block, Converted, assemble, choose_title
from carrel.indexing.converters.office import properties
from carrel.indexing.converters.packages import open_package
from carrel.indexing.converters.tables import number_text, sheet_blocks

_PERCENT = re.compile(r"0(?:\.(0+))?%")


def convert(data: bytes, name: str) -> Converted:
    """Read a workbook; of formulas the values that they had when it was saved.

    Raises:
        ConversionError: it has a password, is damaged, or holds no text.
    """
    with open_package(data, "an Excel workbook") as package:
        title, meta = properties(package)
        workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    blocks = [block for sheet in workbook.worksheets for block in _sheet(sheet)]
    return Converted(assemble([blocks], title=choose_title([title], (), name)), meta)


def _sheet(sheet: Any) -> Iterator[Block]:
    """Yield the name of a sheet and its tables; nothing for one without values."""
    # What a sheet says of its own size may be wrong, or all cells that there could be.
    sheet.reset_dimensions()
    tables = list(sheet_blocks([_shown(cell) for cell in row] for row in sheet.iter_rows()))
    if tables:
        yield Block(sheet.title, level=1)
        yield from tables


def _shown(cell: Any) -> str:
    """Return a value as the sheet shows it: percentages, whole numbers and dates in ISO 8601."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        percent = _PERCENT.search(cell.number_format or "")
        return f"{value * 100:.{len(percent[1] or '')}f}%" if percent else number_text(value)
    return date_text(value) if isinstance(value, datetime.date | datetime.time) else str(value)


def date_text(value: datetime.date | datetime.time) -> str:
    """Return a date in ISO 8601, without a time where that is midnight."""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "seconds")
    return value.isoformat()
