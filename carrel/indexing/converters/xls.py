"""XLS: the sheets of a workbook in Excel's format of before 2007."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import xlrd  # type: ignore[import-untyped]

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Block, Converted, assemble, stem
from carrel.indexing.converters.signatures import refuse_encrypted
from carrel.indexing.converters.tables import number_text, sheet_blocks
from carrel.indexing.converters.xlsx import date_text


def convert(data: bytes, name: str) -> Converted:
    """Read a workbook.

    Raises:
        ConversionError: it has a password, is damaged, or holds no text.
    """
    refuse_encrypted(data)
    try:
        workbook = xlrd.open_workbook(file_contents=data, on_demand=True)
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            reason = "The file is protected with a password; save a copy without one"
            raise ConversionError("password protected", reason) from error
        raise ConversionError("damaged file", f"The file cannot be read as an Excel workbook: {error}") from error
    blocks = [block for sheet in workbook.sheets() for block in _sheet(sheet, workbook.datemode)]
    return Converted(assemble([blocks], title=stem(name)))


def _sheet(sheet: Any, epoch: int) -> Iterator[Block]:
    tables = list(sheet_blocks([_shown(cell, epoch) for cell in row] for row in sheet.get_rows()))
    if tables:
        yield Block(sheet.name, level=1)
        yield from tables


def _shown(cell: Any, epoch: int) -> str:
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return _date(cell.value, epoch)
        except (xlrd.xldate.XLDateError, OverflowError, ValueError):
            return number_text(cell.value)
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return number_text(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return str(bool(cell.value)).upper()
    return xlrd.error_text_from_code.get(cell.value, "") if cell.ctype == xlrd.XL_CELL_ERROR else str(cell.value)


def _date(number: float, epoch: int) -> str:
    moment: datetime.datetime = xlrd.xldate.xldate_as_datetime(number, epoch)
    return date_text(moment.time() if number < 1 else moment)
