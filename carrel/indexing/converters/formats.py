"""Which converter reads which files: by the suffix of their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any

from carrel.errors import CarrelError, ConversionError, UserError
from carrel.indexing.converters.document import Converted
from carrel.indexing.converters.signatures import true_kind

if TYPE_CHECKING:
    from carrel.indexing.rows import Record


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its media type and the module that converts it.

    It may hold one source per row (`rows`), or be an archive of files. What is `plain` is lines of text that are read
    in one pass: converting it takes a time and a memory in proportion to its size.
    """

    media_type: str
    module: str
    rows: bool = False
    plain: bool = False
    archive: bool = False

    def convert(self, data: bytes, name: str) -> Converted:
        """Turn the bytes of one file into canonical text and metadata.

        Raises:
            ConversionError: the file is damaged, encrypted, empty, or not what its name says.
        """
        if not data:
            raise ConversionError("no text", "The file is empty")
        try:
            converted: Converted = self._load().convert(data, name)
        except MemoryError:
            raise
        except ConversionError as error:
            raise (self._mistaken(data) if error.error == "damaged file" else None) or error from error.__cause__
        except CarrelError:
            raise
        except RecursionError as error:
            raise ConversionError("damaged file", "The file is nested too deeply to be read") from error
        except Exception as error:
            # A parser may raise anything on a damaged file, and the job goes on without it.
            reason = f"The file is damaged: {type(error).__name__}: {error}"
            raise self._mistaken(data) or ConversionError("damaged file", reason) from error
        return converted

    def records(self, stream: IO[bytes]) -> Iterator[Record]:
        """Yield the records of a file of rows, reading as it goes where the format allows.

        Raises:
            ConversionError: the file is not what its name says.
        """
        records: Iterator[Record] = self._load().records(stream)
        return records

    def _mistaken(self, data: bytes) -> ConversionError | None:
        """Return what to say of a file that is something else than its name says; None if its bytes do not tell."""
        found = true_kind(data)
        if found is None or FORMATS.get(found[0], self).module == self.module:
            return None
        return ConversionError("wrong type", f"The file is {found[1]}, not what its name says; name it {found[0]}")

    def _load(self) -> Any:
        return import_module(f"carrel.indexing.converters.{self.module}")


def _code(language: str) -> Format:
    return Format(f"text/x-{language}", "plain", plain=True)


def _office(kind: str, module: str) -> Format:
    return Format(f"application/vnd.openxmlformats-officedocument.{kind}", module)


def _open_document(kind: str) -> Format:
    return Format(f"application/vnd.oasis.opendocument.{kind}", "opendocument")


_WORD = _office("wordprocessingml.document", "docx")
_SLIDES = _office("presentationml.presentation", "pptx")
_SHEET = _office("spreadsheetml.sheet", "xlsx")

_IMAGES = {"png": ".png", "jpeg": ".jpg .jpeg", "tiff": ".tif .tiff", "bmp": ".bmp", "gif": ".gif", "webp": ".webp"}
_DOCUMENTS: Mapping[Format, str] = {
    Format("text/plain", "plain", plain=True): ".txt .text .log .asc",
    Format("text/x-rst", "plain", plain=True): ".rst .rest",
    Format("text/x-org", "plain", plain=True): ".org",
    Format("text/asciidoc", "plain", plain=True): ".adoc .asciidoc",
    Format("text/x-tex", "plain", plain=True): ".tex .bib",
    Format("text/markdown", "markdown"): ".md .markdown",
    Format("text/mdx", "mdx"): ".mdx",
    Format("text/html", "html"): ".html .htm",
    Format("application/xhtml+xml", "html"): ".xhtml",
    Format("application/xml", "xml"): ".xml",
    Format("application/pdf", "pdf"): ".pdf",
    Format("application/rtf", "rtf"): ".rtf",
    Format("application/epub+zip", "epub"): ".epub",
    Format("message/rfc822", "mail"): ".eml",
    _WORD: ".docx .docm .dotx",
    _SLIDES: ".pptx .pptm .ppsx .potx",
    _SHEET: ".xlsx .xlsm .xltx",
    Format("application/vnd.ms-excel", "xls"): ".xls",
    _open_document("text"): ".odt .ott",
    _open_document("presentation"): ".odp",
    _open_document("spreadsheet"): ".ods",
    Format("application/x-ipynb+json", "notebook"): ".ipynb",
    Format("text/csv", "delimited", rows=True): ".csv",
    Format("text/tab-separated-values", "delimited", rows=True): ".tsv",
    Format("application/json", "json_document", rows=True): ".json",
    Format("application/x-ndjson", "json_lines", rows=True): ".jsonl .ndjson",
    **{Format(f"image/{kind}", "image"): suffixes for kind, suffixes in _IMAGES.items()},
    Format("application/msword", "legacy"): ".doc",
    Format("application/vnd.ms-powerpoint", "legacy"): ".ppt",
    Format("application/vnd.ms-outlook", "legacy"): ".msg",
}
_CODE: Mapping[str, str] = {
    "python": ".py .pyi",
    "javascript": ".js .mjs .cjs .jsx",
    "typescript": ".ts .mts .cts .tsx",
    "java": ".java",
    "kotlin": ".kt .kts",
    "scala": ".scala",
    "groovy": ".groovy .gradle",
    "c": ".c .h",
    "c++": ".cc .cpp .cxx .hh .hpp .hxx",
    "csharp": ".cs",
    "fsharp": ".fs .fsx",
    "go": ".go",
    "rust": ".rs",
    "swift": ".swift",
    "objective-c": ".m .mm",
    "ruby": ".rb",
    "php": ".php",
    "perl": ".pl .pm",
    "lua": ".lua",
    "r": ".r",
    "julia": ".jl",
    "haskell": ".hs",
    "erlang": ".erl",
    "elixir": ".ex .exs",
    "clojure": ".clj .cljs",
    "lisp": ".el .lisp .scm",
    "ocaml": ".ml .mli",
    "dart": ".dart",
    "zig": ".zig",
    "fortran": ".f .f90 .f95",
    "sql": ".sql",
    "shell": ".sh .bash .zsh",
    "powershell": ".ps1",
    "batch": ".bat .cmd",
    "css": ".css .scss .less",
    "vue": ".vue .svelte",
    "protobuf": ".proto",
    "graphql": ".graphql",
    "terraform": ".tf",
    "cmake": ".cmake",
    "yaml": ".yaml .yml",
    "toml": ".toml",
    "properties": ".ini .cfg .conf .properties",
    "diff": ".diff .patch",
}
_ARCHIVES: Mapping[Format, str] = {
    Format("application/zip", "archive", archive=True): ".zip",
    Format("application/x-tar", "archive", archive=True): ".tar .tgz .tbz2 .txz .tar.gz .tar.bz2 .tar.xz",
    Format("application/gzip", "archive", archive=True): ".gz .bz2 .xz",
}

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        **{suffix: form for form, suffixes in _DOCUMENTS.items() for suffix in suffixes.split()},
        **{suffix: _code(language) for language, suffixes in _CODE.items() for suffix in suffixes.split()},
        **{suffix: form for form, suffixes in _ARCHIVES.items() for suffix in suffixes.split()},
    }
)
"""The formats by file name suffix, in lower case."""


def format_of(name: str) -> Format | None:
    """Return the format of a file by its name; None when it is none that we can convert."""
    path = PurePosixPath(name.lower())
    return FORMATS.get("".join(path.suffixes[-2:])) or FORMATS.get(path.suffix)


def convert(data: bytes, name: str) -> Converted:
    """Turn the bytes of one file into canonical text and metadata; the name's suffix says what it is.

    Raises:
        UserError: there is no converter for this suffix, or it is an archive of files.
        ConversionError: the file is damaged, encrypted, empty, or not what its name says.
    """
    found = format_of(name)
    if found is None or found.archive:
        known = ", ".join(sorted(suffix for suffix, form in FORMATS.items() if not form.archive))
        raise UserError(f"{name} is of no kind that can be converted; known are {known}")
    return found.convert(data, name)
