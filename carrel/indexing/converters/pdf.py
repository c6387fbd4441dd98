"""PDF: the text layer, page by page, with lines joined to paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from datetime import date
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Block, Converted, assemble, choose_title
from carrel.indexing.converters.pdf_lines import Line, is_mark, paragraphs
from carrel.indexing.converters.pdf_tables import CELL_GAP, split_tables
from carrel.indexing.converters.tables import table_text

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u200b]")
# PDFium joins the parts of a divided word with one of these, in the place of hyphen and line end.
_HYPHEN = re.compile(r"(\w*)[\ufffe\x02](\w*)")
_SPACES = re.compile(r"\s+")
_COMPOUND = re.compile(r"\w+-\w+")
_DATE = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
_NO_TITLE = re.compile(r"untitled.*|.*\.(docx?|xlsx?|pptx?|tex|dvi|indd|pdf|qxd|rtf)|microsoft .*|\W*", re.IGNORECASE)
_UNKNOWN = frozenset(("anonymous", "unknown", "unspecified", "user", "admin"))
_META_FIELDS = {"Author": "author", "Subject": "subject", "Keywords": "keywords"}


def convert(data: bytes, name: str) -> Converted:
    """Read the text of a PDF, and where its pages begin.

    Raises:
        ConversionError: it is encrypted with a password, damaged, or has no text (a scan).
    """
    document = _open(data)
    try:
        contents = [_content(document, number) for number in range(len(document))]
        compounds = frozenset(word.lower() for content in contents for word in _COMPOUND.findall(content))
        pages = [_blocks(document, number, compounds) for number in range(len(document))]
        fields = document.get_metadata_dict(skip_empty=True)
    finally:
        document.close()
    if not any(pages):
        reason = f"The {len(pages)} pages hold images but no text layer; run text recognition (OCR) on the file first"
        raise ConversionError("no text layer", reason)
    title = fields.get("Title", "")
    title = choose_title(["" if _NO_TITLE.fullmatch(title.strip()) else title], (), name)
    return Converted(assemble(pages, title=title, paged=True), _metadata(fields))


def _open(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code == pdfium.raw.FPDF_ERR_PASSWORD:
            reason = "The file is protected with a password; save a copy without one"
            raise ConversionError("password protected", reason) from error
        raise ConversionError("damaged file", f"The file cannot be read as a PDF: {error}") from error


@contextmanager
def _text_of(document: pdfium.PdfDocument, number: int) -> Iterator[pdfium.PdfTextPage]:
    page = document[number]
    text = page.get_textpage()
    try:
        yield text
    finally:
        text.close()
        page.close()


def _content(document: pdfium.PdfDocument, number: int) -> str:
    with _text_of(document, number) as text:
        return str(text.get_text_range())


def _blocks(document: pdfium.PdfDocument, number: int, compounds: Set[str]) -> list[Block]:
    with _text_of(document, number) as text:
        parts = list(split_tables(list(_lines(text, compounds))))
    return [block for part in parts if part for block in _part_blocks(part)]


def _part_blocks(part: list[Line] | list[list[str]]) -> list[Block]:
    """Return the paragraphs of a run of lines, or a table as one block of rows."""
    lines = [line for line in part if isinstance(line, Line)]
    return paragraphs(lines) if lines else [Block(table_text([row for row in part if isinstance(row, list)]))]


def _lines(text: pdfium.PdfTextPage, compounds: Set[str]) -> Iterator[Line]:
    """Yield the lines of a page, in the order of its content, with the places of their first and last characters.

    A line that has wide gaps comes in several parts.
    """
    content = text.get_text_range()
    # Characters outside the basic plane are counted twice by one of both; without places the lines are still right.
    placed = len(content) == text.count_chars()
    for match in re.finditer(r"[^\r\n]+", content):
        begin = match.start() + len(match[0]) - len(match[0].lstrip())
        end = match.start() + len(match[0].rstrip())
        parts = _parts(text, content, begin, end) if placed else [(begin, end)]
        for start, stop in parts:
            shown = _CONTROL.sub("", _HYPHEN.sub(lambda found: _joined(found, compounds), content[start:stop])).strip()
            if shown:
                first = text.get_charbox(start, loose=True) if placed else None
                last = text.get_charbox(stop - 1, loose=True) if placed else None
                yield Line(shown, first, last, goes_on=start > begin)


def _parts(text: pdfium.PdfTextPage, content: str, begin: int, end: int) -> list[tuple[int, int]]:
    """Return where a line and its parts after wide gaps begin and end; the mark of an item stays with it."""
    parts = []
    start = begin
    for gap in _SPACES.finditer(content, begin, end):
        before = text.get_charbox(gap.start() - 1, loose=True)
        after = text.get_charbox(gap.end(), loose=True)
        is_wide = after[0] - before[2] >= CELL_GAP * (before[3] - before[1])
        if is_wide and not (start == begin and is_mark(content[start : gap.end()])):
            parts.append((start, gap.start()))
            start = gap.end()
    return [*parts, (start, end)]


def _joined(match: re.Match[str], compounds: Set[str]) -> str:
    """Join a word that was divided at a line's end; with its hyphen, if the document writes it so elsewhere."""
    word = f"{match[1]}-{match[2]}"
    return word if word.lower() in compounds else match[1] + match[2]


def _metadata(fields: Mapping[str, str]) -> dict[str, Any]:
    found = {key: " ".join(fields.get(field, "").split()) for field, key in _META_FIELDS.items()}
    created = _created(fields.get("CreationDate", ""))
    known = {key: value for key, value in found.items() if value and value.lower() not in _UNKNOWN}
    return {**known, "created": created} if created else known


def _created(value: str) -> str | None:
    """Return the day of a PDF date in ISO 8601; None if it is no date."""
    found = _DATE.match(value)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat() if found else None
    except ValueError:
        return None
