"""Converters: the bytes of a file into its canonical text, one module per family of formats.

Each is a pure function `convert(data, name) -> Converted`, where `name` is the file's name; its module is imported when
the first file of its kind comes.
"""

from __future__ import annotations

from carrel.indexing.converters.document import Converted
from carrel.indexing.converters.formats import FORMATS, Format, convert, format_of

__all__ = ["FORMATS", "Converted", "Format", "convert", "format_of"]
