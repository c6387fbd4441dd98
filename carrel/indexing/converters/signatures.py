"""What a file is by its first bytes, for when its name says something else."""

from __future__ import annotations

from carrel.errors import ConversionError

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How an OLE file begins: an old Office document, or what Office makes of a new one with a password."""

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BEGINNINGS = (
    (b"%PDF-", ".pdf", "a PDF"),
    (b"{\\rtf", ".rtf", "an RTF document"),
    (b"\x89PNG\r\n\x1a\n", ".png", "a PNG image"),
    (b"\xff\xd8\xff", ".jpg", "a JPEG image"),
    (b"GIF8", ".gif", "a GIF image"),
    (b"\x1f\x8b", ".gz", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", ".7z", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", ".rar", "a RAR archive"),
)
_IN_ZIP = (
    (b"word/document.xml", ".docx", "a Word document"),
    (b"ppt/presentation.xml", ".pptx", "a PowerPoint presentation"),
    (b"xl/workbook.xml", ".xlsx", "an Excel workbook"),
    (b"application/epub+zip", ".epub", "an EPUB book"),
    (b"application/vnd.oasis.opendocument.text", ".odt", "an OpenDocument text"),
    (b"application/vnd.oasis.opendocument.presentation", ".odp", "an OpenDocument presentation"),
    (b"application/vnd.oasis.opendocument.spreadsheet", ".ods", "an OpenDocument spreadsheet"),
)
_HTML = (b"<!doctype html", b"<html")


def true_kind(data: bytes) -> tuple[str, str] | None:
    """Return the suffix that a file's name should have, and what the file is; None if its bytes do not tell."""
    for beginning, suffix, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return suffix, kind
    if data.startswith(b"PK\x03\x04"):
        # Without a mark it may be any of these, cut off.
        return next(((suffix, kind) for mark, suffix, kind in _IN_ZIP if mark in data), None)
    if data.startswith(OLE):
        return ".doc", "a document of an old Office format"
    if data[:1024].lstrip().lower().startswith(_HTML):
        return ".html", "an HTML page"
    return None


def refuse_encrypted(data: bytes) -> None:
    """Refuse a new Office document that has a password.

    Raises:
        ConversionError: it has one.
    """
    if data.startswith(OLE) and _ENCRYPTED in data:
        reason = "The file is protected with a password; save a copy without one"
        raise ConversionError("password protected", reason)
