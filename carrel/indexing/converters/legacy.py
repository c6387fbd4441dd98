"""Formats of old office programs that are not read: refused with what helps."""

from __future__ import annotations

from pathlib import PurePosixPath

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Converted
from carrel.indexing.converters.signatures import refuse_encrypted, true_kind

_ADVICE = {
    ".doc": "Word's format of before 2007; save it as .docx",
    ".ppt": "PowerPoint's format of before 2007; save it as .pptx",
    ".msg": "Outlook's own format; save it as .eml",
}


def convert(data: bytes, name: str) -> Converted:
    """Refuse a file of an old format; a newer one under its name is read as what it is.

    Raises:
        ConversionError: it is of the old format, or of none.
    """
    from carrel.indexing.converters.formats import FORMATS

    refuse_encrypted(data)
    suffix = PurePosixPath(name.lower()).suffix
    found = true_kind(data)
    if found is None:
        raise ConversionError("damaged file", "The file is of no kind that could be recognised")
    actual = FORMATS.get(found[0])
    if actual is None or actual.archive or actual.module == "legacy":
        raise ConversionError(
            "unsupported format",
            f"The file is in {_ADVICE.get(suffix, 'an old format of Office; save it in a new one')}",
        )
    return actual.convert(data, name)
