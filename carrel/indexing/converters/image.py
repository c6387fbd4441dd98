"""Images: they hold no text until it is recognised (OCR)."""

from __future__ import annotations

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Converted

NO_TEXT_LAYER = "no text layer"
"""The kind of failure that text recognition can put right."""


def convert(data: bytes, name: str) -> Converted:  # noqa: ARG001
    """Refuse an image, with what helps.

    Raises:
        ConversionError: always.
    """
    reason = "The file is an image; turn on text recognition (CARREL_CONVERSION__OCR=true) to read it"
    raise ConversionError(NO_TEXT_LAYER, reason)
