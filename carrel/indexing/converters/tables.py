"""Tables as text: one line per row, the cells parted by ` | `; or a paragraph per row where the columns have names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from carrel.indexing.converters.document import Block

_LONGEST_NAME = 60
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_FLOAT = re.compile(r"-?(?:0|[1-9]\d*)\.\d+(?:[eE][+-]?\d+)?")

Row = Sequence[str]


def table_text(rows: Sequence[Row]) -> str:
    """Return the rows of a table as lines; rows and columns without any text are left out."""
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    width = max((len(row) for row in cells), default=0)
    used = [column for column in range(width) if any(column < len(row) and row[column] for row in cells)]
    lines = ([row[column] if column < len(row) else "" for column in used] for row in cells)
    return "\n".join(row_text(line) for line in lines if any(line))


def row_text(cells: Row) -> str:
    """Return one row as a line, without the empty cells at its end."""
    filled = max((index for index, cell in enumerate(cells, start=1) if cell), default=0)
    return " | ".join(cells[:filled])


def table_blocks(rows: Sequence[Row]) -> list[Block]:
    """Return a table as a paragraph of `column: value` lines for each row, or as lines if its columns have no names."""
    if len(rows) < 2 or not _is_header(rows[0], max(map(len, rows))):
        return [Block(table_text(rows))]
    names = column_names(rows[0])
    return [Block(_paragraph(names, row)) for row in rows[1:]]


def sheet_blocks(rows: Iterable[Row]) -> Iterator[Block]:
    """Yield the tables of a sheet, which empty rows part; empty columns at the sides are left out."""
    filled = ([cell.strip() for cell in row] for row in rows)
    for is_table, region in groupby(filled, key=any):
        if is_table:
            yield from table_blocks(_trimmed(list(region)))


def column_names(header: Row) -> list[str]:
    """Return the names in a header row; columns without one are numbered."""
    return [name.strip() or f"column_{number}" for number, name in enumerate(header, start=1)]


def value(cell: str) -> Any:
    """Return a cell as a number, if it is written as one, else as it stands."""
    if _INTEGER.fullmatch(cell):
        return int(cell)
    return float(cell) if _FLOAT.fullmatch(cell) else cell


def number_text(number: float) -> str:
    """Return a number as people write it, without the noise of binary fractions."""
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else format(number, ".15g")


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    first = min(next(column for column, cell in enumerate(row) if cell) for row in rows)
    last = max(next(column for column in range(len(row), 0, -1) if row[column - 1]) for row in rows)
    return [row[first:last] for row in rows]


def _is_header(row: Row, width: int) -> bool:
    """Tell whether a first row names the columns: all of them, each by another short text that is no number."""
    names = [cell.strip() for cell in row]
    named = all(0 < len(name) <= _LONGEST_NAME and isinstance(value(name), str) for name in names)
    return len(names) == width > 1 and named and len(set(names)) == len(names)


def _paragraph(names: Row, row: Row) -> str:
    cells = ((name, " ".join(cell.split())) for name, cell in zip(names, row, strict=False))
    return "\n".join(f"{name}: {cell}" for name, cell in cells if cell)
