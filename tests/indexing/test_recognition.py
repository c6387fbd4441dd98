"""Text recognition: only where it is turned on, and with Tesseract installed."""

from __future__ import annotations

import io
import shutil

import pypdfium2 as pdfium
import pytest
from PIL import Image

from carrel.errors import ConversionError
from carrel.indexing.conversion import Conversion
from carrel.indexing.converters import format_of
from carrel.settings import ConversionSettings
from tests.indexing.documents import make_pdf


def scan(kind: str) -> bytes:
    """Return a page of text as an image, or as a PDF of such an image."""
    document = pdfium.PdfDocument(make_pdf(["The kettle whistles at noon."]))
    page = document[0].render(scale=3).to_pil()
    document.close()
    target = io.BytesIO()
    page.convert("RGB").save(target, kind)
    return target.getvalue()


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_scans_are_read_where_it_is_turned_on(kind: str) -> None:
    form = format_of(f"scan.{kind}")
    assert form is not None
    with Conversion() as off, pytest.raises(ConversionError) as caught:
        off.convert(form, scan(kind), f"scan.{kind}")
    assert caught.value.error == "no text layer"

    with Conversion(ConversionSettings(ocr=True)) as on:
        if shutil.which("tesseract") is None:
            with pytest.raises(ConversionError, match="Tesseract, which recognises text, is not installed"):
                on.convert(form, scan(kind), f"scan.{kind}")
            return
        converted = on.convert(form, scan(kind), f"scan.{kind}")
    assert "The kettle whistles at noon." in converted.text.text
    assert converted.text.page_starts == (0,)
    assert converted.meta == {"recognised": True}


def test_an_image_without_text_fails_with_recognition_too() -> None:
    target = io.BytesIO()
    Image.new("RGB", (200, 200), "white").save(target, "png")
    form = format_of("blank.png")
    assert form is not None
    with Conversion(ConversionSettings(ocr=True)) as on, pytest.raises(ConversionError) as caught:
        on.convert(form, target.getvalue(), "blank.png")
    assert caught.value.error == "no text layer"
