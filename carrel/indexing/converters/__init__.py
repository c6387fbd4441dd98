"""Converters: the bytes of a file into its canonical text, one module per family of formats.

Each is a pure function `convert(data, name) -> Converted`, where `name` is the file's name; its module is imported when
the first file of its kind comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from carrel.errors import CarrelError, ConversionError, UserError
from carrel.indexing.converters.document import Converted

if TYPE_CHECKING:
    from carrel.indexing.rows import Record

__all__ = ["FORMATS", "Converted", "Format", "convert", "format_of"]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its media type, the module that converts it, and whether it may hold one source per row."""

    media_type: str
    module: str
    rows: bool = False

    def convert(self, data: bytes, name: str) -> Converted:
        """Turn the bytes of one file into canonical text and metadata.

        Raises:
            ConversionError: the file is damaged, encrypted, empty, or not what its name says.
        """
        try:
            converted: Converted = self._load().convert(data, name)
        except CarrelError:
            raise
        except Exception as error:
            # A parser may raise anything on a damaged file, and the job goes on without it.
            raise ConversionError("damaged file", f"The file is damaged: {type(error).__name__}: {error}") from error
        return converted

    def records(self, path: Path) -> Iterator[Record]:
        """Yield the records of a file of rows, reading as it goes where the format allows.

        Raises:
            ConversionError: the file is not what its name says.
        """
        with path.open("rb") as stream:
            yield from self._load().records(stream)

    def _load(self) -> Any:
        return import_module(f"{__name__}.{self.module}")


_TEXT = Format("text/plain", "plain")
_MARKDOWN = Format("text/markdown", "markdown")
_HTML = Format("text/html", "html")
_JSON_LINES = Format("application/x-ndjson", "json_lines", rows=True)

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        **dict.fromkeys((".txt", ".text", ".log", ".asc"), _TEXT),
        ".rst": Format("text/x-rst", "plain"),
        ".org": Format("text/x-org", "plain"),
        ".adoc": Format("text/asciidoc", "plain"),
        **dict.fromkeys((".md", ".markdown"), _MARKDOWN),
        ".mdx": Format("text/mdx", "mdx"),
        **dict.fromkeys((".html", ".htm"), _HTML),
        ".xhtml": Format("application/xhtml+xml", "html"),
        ".pdf": Format("application/pdf", "pdf"),
        ".docx": Format("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
        ".csv": Format("text/csv", "delimited", rows=True),
        ".tsv": Format("text/tab-separated-values", "delimited", rows=True),
        ".json": Format("application/json", "json_document", rows=True),
        **dict.fromkeys((".jsonl", ".ndjson"), _JSON_LINES),
    }
)
"""The formats by file name suffix, in lower case."""


def format_of(name: str) -> Format | None:
    """Return the format of a file by its name; None when it is none that we can convert."""
    return FORMATS.get(PurePosixPath(name).suffix.lower())


def convert(data: bytes, name: str) -> Converted:
    """Turn the bytes of one file into canonical text and metadata; the name's suffix says what it is.

    Raises:
        UserError: there is no converter for this suffix.
        ConversionError: the file is damaged, encrypted, empty, or not what its name says.
    """
    found = format_of(name)
    if found is None:
        raise UserError(f"{name} is of no kind that can be converted; known are {', '.join(sorted(FORMATS))}")
    return found.convert(data, name)
