"""Making real documents for the tests."""

from __future__ import annotations

import ctypes
import io
import zipfile
from collections.abc import Mapping

import pypdfium2 as pdfium
from pypdfium2 import raw

LINE_HEIGHT = 14


def make_pdf(*pages: list[str], **metadata: str) -> bytes:
    """Return a PDF with these lines on its pages, from the top, a point size of 12; an empty string leaves a gap."""
    document = pdfium.PdfDocument.new()
    for lines in pages:
        page = document.new_page(595, 842)
        for number, line in enumerate(lines):
            if line:
                text = raw.FPDFPageObj_NewTextObj(document, b"Helvetica", 12)
                units = (line + "\0").encode("utf-16-le")
                raw.FPDFText_SetText(text, ctypes.cast(units, ctypes.POINTER(ctypes.c_ushort)))
                raw.FPDFPageObj_Transform(text, 1, 0, 0, 1, 72, 780 - number * LINE_HEIGHT)
                raw.FPDFPage_InsertObject(page, text)
        page.gen_content()
        page.close()
    target = io.BytesIO()
    document.save(target)
    document.close()
    return target.getvalue()


def make_zip(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP archive of these files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()
