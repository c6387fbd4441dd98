"""JSON Lines: one record per line; a file whose records hold no text is one document."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import IO, Any

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Block, Converted, assemble, stem
from carrel.indexing.converters.json_text import readable
from carrel.indexing.rows import Record

LARGEST_LINE = 1 << 24
"""Bytes that one record may take."""
_MARK = b"\xef\xbb\xbf"


def records(stream: IO[bytes]) -> Iterator[Record]:
    """Yield the records of a file, one at a time; a line that cannot be read becomes a record with an error."""
    number = line_number = 0
    while line := stream.readline(LARGEST_LINE + 1):
        line_number += 1
        too_large = len(line) > LARGEST_LINE
        while too_large and line and not line.endswith(b"\n"):
            line = stream.readline(LARGEST_LINE)
        line = line.removeprefix(_MARK) if line_number == 1 else line
        if not too_large and not line.strip():
            continue
        number += 1
        yield _too_large(number, line_number) if too_large else _record(number, line_number, line)


def convert(data: bytes, name: str) -> Converted:
    """Read records without a text field as one document, a paragraph each.

    Raises:
        ConversionError: a line is no JSON (the message says which), or there is none.
    """
    blocks = []
    for record in records(io.BytesIO(data)):
        if record.error is not None:
            raise record.error
        blocks.append(Block(readable(record.fields)))
    return Converted(assemble([blocks], title=stem(name)))


def parse(text: str | bytes) -> Any:
    """Parse JSON; NaN and infinities, which JSON does not have, are read as null.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _too_large(number: int, line: int) -> Record:
    reason = f"Line {line} is longer than {LARGEST_LINE:,} bytes"
    return Record(number, None, ConversionError("row too large", reason))


def _record(number: int, line_number: int, line: bytes) -> Record:
    try:
        value = parse(line)
    except UnicodeDecodeError:
        return Record(number, None, ConversionError("not text", f"Line {line_number} is not in UTF-8"))
    except ValueError as error:
        return Record(number, None, ConversionError("malformed JSON", f"Line {line_number} is no JSON: {error}"))
    if not isinstance(value, dict):
        kind = type(value).__name__
        return Record(
            number, None, ConversionError("malformed row", f"Line {line_number} is no JSON object but a {kind}")
        )
    return Record(number, value)
