"""CSV and TSV: a file with a text column is a file of rows, every other one table document."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO, Any

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Block, Converted, assemble, sanitize, stem
from carrel.indexing.converters.encoding import decode
from carrel.indexing.converters.tables import table_text
from carrel.indexing.rows import Record

_DELIMITERS = "\t;|,"
_SAMPLE_ROWS = 20
_LARGEST_CELL = 1 << 24
_LONGEST_NAME = 60
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_FLOAT = re.compile(r"-?(?:0|[1-9]\d*)\.\d+(?:[eE][+-]?\d+)?")


def records(stream: IO[bytes]) -> Iterator[Record]:
    """Yield the rows under the header as records; numbers are read as numbers, so that filters can compare them.

    Raises:
        ConversionError: the file is no text, or no table from some line on.
    """
    rows = _rows(decode(stream.read()))
    _, header = next(rows, (0, []))
    names = _column_names(header)
    for number, (line, row) in enumerate(rows, start=1):
        yield _record(number, line, names, row)


def convert(data: bytes, name: str) -> Converted:
    """Read a table as one document: a paragraph of `column: value` lines for each row, where the columns have names.

    Raises:
        ConversionError: the file is no text, holds nothing, or is no table from some line on.
    """
    rows = [row for _, row in _rows(decode(data))]
    return Converted(assemble([_blocks(rows)], title=stem(name)))


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank, with the line that it ends at."""
    csv.field_size_limit(_LARGEST_CELL)
    text = sanitize(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text) or "\v")
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise ConversionError("malformed table", f"Line {reader.line_num} is no row of a table: {error}") from error


def _delimiter(text: str) -> str | None:
    """Return the character that divides the first rows into equally many cells, the most if there are several."""
    found: tuple[int, str] | None = None
    for candidate in _DELIMITERS:
        try:
            sample = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=candidate), _SAMPLE_ROWS))
        except csv.Error:
            continue
        widths = {len(row) for row in sample if row}
        if len(widths) == 1 and max(widths) > max(1, found[0] if found else 1):
            found = (max(widths), candidate)
    return found[1] if found else _delimiter_of_header(text)


def _delimiter_of_header(text: str) -> str | None:
    """Fall back on the header where rows have cells too many or too few: all its names must be words."""
    line = text.lstrip("\n").partition("\n")[0]
    named = [c for c in _DELIMITERS if c in line and all(re.fullmatch(r'"?\w[\w .-]*"?', n) for n in line.split(c))]
    return named[0] if named else None


def _column_names(header: Sequence[str]) -> list[str]:
    return [name.strip() or f"column_{number}" for number, name in enumerate(header, start=1)]


def _record(number: int, line: int, names: Sequence[str], row: Sequence[str]) -> Record:
    if any(cell.strip() for cell in row[len(names) :]):
        reason = f"Line {line} has {len(row)} cells, the header {len(names)}"
        return Record(number, None, ConversionError("malformed row", reason))
    return Record(number, {name: value(cell) for name, cell in zip(names, row, strict=False)})


def value(cell: str) -> Any:
    """Return a cell as a number, if it is written as one, else as it stands."""
    if _INTEGER.fullmatch(cell):
        return int(cell)
    return float(cell) if _FLOAT.fullmatch(cell) else cell


def _blocks(rows: Sequence[Sequence[str]]) -> list[Block]:
    if len(rows) < 2 or not _is_header(rows[0], max(map(len, rows))):
        return [Block(table_text(rows))]
    names = _column_names(rows[0])
    return [Block(_paragraph(names, row)) for row in rows[1:]]


def _is_header(row: Sequence[str], width: int) -> bool:
    """Tell whether a first row names the columns: all of them, each by another short text that is no number."""
    names = [cell.strip() for cell in row]
    named = all(0 < len(name) <= _LONGEST_NAME and isinstance(value(name), str) for name in names)
    return len(names) == width > 1 and named and len(set(names)) == len(names)


def _paragraph(names: Sequence[str], row: Sequence[str]) -> str:
    cells = ((name, " ".join(cell.split())) for name, cell in zip(names, row, strict=False))
    return "\n".join(f"{name}: {cell}" for name, cell in cells if cell)
