"""RTF: its paragraphs and the rows of its tables."""

from __future__ import annotations

import codecs
import re

from striprtf.striprtf import rtf_to_text

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Block, Converted, assemble, choose_title
from carrel.indexing.converters.tables import row_text

_CODE_PAGE = re.compile(rb"\\ansicpg(\d+)")
_TITLE = re.compile(r"\{\\title\s+((?:[^{}\\]|\\'[0-9a-fA-F]{2})+)\}")


def convert(data: bytes, name: str) -> Converted:
    """Read an RTF document.

    Raises:
        ConversionError: it is no RTF, or holds no text.
    """
    if not data.lstrip().startswith(b"{\\rtf"):
        raise ConversionError("damaged file", "The file does not begin as RTF does")
    encoding = _encoding(data)
    source = data.decode(encoding, "replace")
    blocks = [Block(_line(line)) for line in _text(source, encoding).split("\n")]
    found = _TITLE.search(source)
    title = _text(f"{{\\rtf1 {found[1]}}}", encoding) if found else ""
    return Converted(assemble([_tables(blocks)], title=choose_title([title], (), name)))


def _text(source: str, encoding: str) -> str:
    return str(rtf_to_text(source, encoding, "replace"))  # type: ignore[no-untyped-call]


def _encoding(data: bytes) -> str:
    found = _CODE_PAGE.search(data[:4096])
    try:
        return codecs.lookup(f"cp{found[1].decode()}" if found else "cp1252").name
    except LookupError:
        return "cp1252"


def _line(line: str) -> str:
    """Return a line; the cells of a row come with a bar after each."""
    if not line.rstrip().endswith("|"):
        return line.strip()
    return row_text([" ".join(cell.split()) for cell in line.rstrip().removesuffix("|").split("|")])


def _tables(blocks: list[Block]) -> list[Block]:
    """Put the rows of a table on lines that follow each other."""
    joined: list[Block] = []
    for block in blocks:
        follows = " | " in block.text and bool(joined) and " | " in joined[-1].text
        joined.append(Block(block.text, tight=follows))
    return joined
