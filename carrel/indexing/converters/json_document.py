"""JSON: an array of records with a text field is a file of rows, everything else one document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Block, Converted, assemble, choose_title
from carrel.indexing.converters.encoding import decode
from carrel.indexing.converters.json_lines import parse
from carrel.indexing.converters.json_text import readable
from carrel.indexing.rows import Record


def records(stream: IO[bytes]) -> Iterator[Record]:
    """Yield the records of an array; none for any other value.

    Raises:
        ConversionError: the file is no JSON.
    """
    value = _parse(stream.read())
    for number, item in enumerate(value if isinstance(value, list) else (), start=1):
        if isinstance(item, dict):
            yield Record(number, item)
        else:
            reason = f"Item {number} is no JSON object but a {type(item).__name__}"
            yield Record(number, None, ConversionError("malformed row", reason))


def convert(data: bytes, name: str) -> Converted:
    """Read a JSON file as lines `name: value`, one paragraph for each item of an array or object at the top.

    Raises:
        ConversionError: the file is no JSON (the message says where), or holds nothing.
    """
    value = _parse(data)
    title = value.get("title") or value.get("name") if isinstance(value, dict) else None
    blocks = [Block(readable(item)) for item in value] if isinstance(value, list) else [Block(readable(value))]
    return Converted(assemble([blocks], title=choose_title([title], (), name)))


def _parse(data: bytes) -> Any:
    text = decode(data)
    if not text.strip():
        raise ConversionError("no text", "The document holds no text")
    try:
        return parse(text)
    except ValueError as error:
        raise ConversionError("malformed JSON", f"The file is no JSON: {error}") from error
