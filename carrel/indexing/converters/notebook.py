"""Jupyter notebooks: texts, code and what the code printed, cell by cell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Block, Converted, assemble, choose_title
from carrel.indexing.converters.encoding import decode
from carrel.indexing.converters.markdown import read_blocks


def convert(data: bytes, name: str) -> Converted:
    """Read a notebook.

    Raises:
        ConversionError: it is no notebook, or holds no text.
    """
    try:
        notebook = json.loads(decode(data))
    except ValueError as error:
        raise ConversionError("malformed JSON", f"The file is no JSON: {error}") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise ConversionError("damaged file", "The file is no Jupyter notebook of format 4: it has no cells")
    blocks = [block for cell in cells for block in _cell(cell)]
    return Converted(assemble([blocks], title=choose_title((), blocks, name)))


def _cell(cell: Any) -> Iterator[Block]:
    source = _joined(cell.get("source"))
    if cell.get("cell_type") == "markdown":
        yield from read_blocks(source)
        return
    yield Block(source)
    for output in cell.get("outputs") or ():
        yield Block(_joined(output.get("text") or (output.get("data") or {}).get("text/plain")))


def _joined(lines: Any) -> str:
    """Return a text that may come as a list of lines."""
    return "".join(map(str, lines)) if isinstance(lines, list) else str(lines or "")
