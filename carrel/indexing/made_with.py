"""What a source's passages were made with: when that changes, a job makes them anew without being told."""

from __future__ import annotations

from carrel.indexing.converters.formats import Format
from carrel.settings import ConversionSettings

_CONVERTERS: dict[str, int] = {"docx": 2, "html": 2, "pdf": 2}
"""Versions of converter modules, 1 where none stands here: to be raised by whoever changes what one makes of a file."""

_BOUNDS = {"archive_members", "archive_mb", "archive_ratio", "archive_depth", "file_mb"}
_READ_BY_OCR = ("pdf", "image")


def made_with(form: Format, conversion: ConversionSettings, splitter: str) -> str:
    """Name the converter of a format and the splitter, with the settings that decide about their results."""
    converter = f"{form.module} {_CONVERTERS.get(form.module, 1)}"
    if form.archive:
        # What is in it may be of any format, and more of it may be read.
        bounds = conversion.model_dump(include=_BOUNDS)
        converter += f" {_CONVERTERS} {bounds}" + (f" ocr {conversion.ocr_languages}" if conversion.ocr else "")
    if conversion.ocr and form.module in _READ_BY_OCR:
        converter += f" ocr {conversion.ocr_languages}"
    return f"{converter}; {splitter}"
