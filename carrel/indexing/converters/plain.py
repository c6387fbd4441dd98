"""Plain text: the file as it is."""

from __future__ import annotations

from carrel.indexing.converters.document import Converted, canonical, stem
from carrel.indexing.converters.encoding import decode


def convert(data: bytes, name: str) -> Converted:
    """Read a text file; nothing is changed but newlines, NUL and lone surrogates, so offsets are those of the file.

    Raises:
        ConversionError: the bytes are no text, or nothing but white space.
    """
    return Converted(canonical(decode(data), stem(name)))
