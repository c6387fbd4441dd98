"""Text recognition (OCR) of images and of PDFs without a text layer, by the system's Tesseract."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Block, Converted, assemble, stem
from carrel.indexing.converters.image import NO_TEXT_LAYER

_DOTS_PER_INCH = 300
_LARGEST_IMAGE = 40_000_000
"""Pixels of a page; a larger one is rendered coarser."""
_PAGE_END = "\f"


def recognise(data: bytes, name: str, languages: str) -> Converted:
    """Read the text in an image, or on the pages of a PDF.

    Raises:
        ConversionError: Tesseract or the data of a language is not installed, or it finds no text.
    """
    if data.startswith(b"%PDF"):
        pages = [_recognised(image, languages) for image in _rendered(data)]
    else:
        pages = _recognised(data, languages).removesuffix(_PAGE_END).split(_PAGE_END)
    blocks = [[Block(" ".join(paragraph.split())) for paragraph in page.split("\n\n")] for page in pages]
    if not any(block.text for page in blocks for block in page):
        raise ConversionError(NO_TEXT_LAYER, "Text recognition found no text in the file")
    return Converted(assemble(blocks, title=stem(name), paged=True), {"recognised": True})


def _recognised(image: bytes, languages: str) -> str:
    command = shutil.which("tesseract")
    if command is None:
        reason = "The file has no text layer, and Tesseract, which recognises text, is not installed"
        raise ConversionError(NO_TEXT_LAYER, reason)
    done = subprocess.run(  # noqa: S603
        [command, "stdin", "stdout", "-l", languages],
        input=image,
        capture_output=True,
        check=False,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())[:300]
        raise ConversionError(NO_TEXT_LAYER, f"Text recognition failed on the file: {said}")
    return done.stdout.decode("utf-8", "replace")


def _rendered(data: bytes) -> Iterator[bytes]:
    """Yield the pages of a PDF as grey images (PGM)."""
    document = pdfium.PdfDocument(data)
    try:
        for page in document:
            width, height = page.get_size()
            scale = min(_DOTS_PER_INCH / 72, (_LARGEST_IMAGE / max(width * height, 1)) ** 0.5)
            bitmap = page.render(scale=scale, grayscale=True)
            yield _pgm(bitmap)
            bitmap.close()
            page.close()
    finally:
        document.close()


def _pgm(bitmap: pdfium.PdfBitmap) -> bytes:
    pixels = bytes(bitmap.buffer)
    rows = (pixels[row * bitmap.stride : row * bitmap.stride + bitmap.width] for row in range(bitmap.height))
    return b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + b"".join(rows)
