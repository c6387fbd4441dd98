"""CSV and TSV: a file with a text column is a file of rows, every other one table document."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Converted, assemble, sanitize, stem
from carrel.indexing.converters.encoding import decode
from carrel.indexing.converters.tables import column_names, table_blocks, value
from carrel.indexing.rows import Record

_DELIMITERS = "\t;|,"
_SAMPLE_ROWS = 20
_LARGEST_CELL = 1 << 24


def records(stream: IO[bytes]) -> Iterator[Record]:
    """Yield the rows under the header as records; numbers are read as numbers, so that filters can compare them.

    Raises:
        ConversionError: the file is no text, or no table from some line on.
    """
    rows = _rows(decode(stream.read()))
    _, header = next(rows, (0, []))
    names = column_names(header)
    for number, (line, row) in enumerate(rows, start=1):
        yield _record(number, line, names, row)


def convert(data: bytes, name: str) -> Converted:
    """Read a table as one document: a paragraph of `column: value` lines for each row, where the columns have names.

    Raises:
        ConversionError: the file is no text, holds nothing, or is no table from some line on.
    """
    rows = [row for _, row in _rows(decode(data))]
    return Converted(assemble([table_blocks(rows)], title=stem(name)))


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


def _record(number: int, line: int, names: Sequence[str], row: Sequence[str]) -> Record:
    if any(cell.strip() for cell in row[len(names) :]):
        reason = f"Line {line} has {len(row)} cells, the header {len(names)}"
        return Record(number, None, ConversionError("malformed row", reason))
    return Record(number, {name: value(cell) for name, cell in zip(names, row, strict=False)})
