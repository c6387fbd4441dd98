"""Bytes into text: byte order marks, UTF-8, a declared encoding, and only then a guess."""

from __future__ import annotations

import codecs

from carrel.errors import ConversionError

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MOST_COMMON = "cp1252"
_SAMPLE = 65536
_GUESSABLE = 32
"""Below this many bytes a guess is a coin toss, and Windows-1252 the likeliest of the old encodings."""


def decode(data: bytes, *, declared: str | None = None) -> str:
    """Return the text of `data`, without a byte order mark.

    Raises:
        ConversionError: the bytes are no text in any encoding.
    """
    marked = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    for encoding in (marked, _wide(data), "utf-8", declared):
        text = _try(data, encoding) if encoding else None
        if text is not None:
            return text
    return _guess(data)


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _wide(data: bytes) -> str | None:
    """Recognise UTF-16 without a mark: in most scripts with spaces, one of each two bytes is often zero."""
    sample = data[:_SAMPLE]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) < max(4, len(sample) // 20) or min(even, odd) > max(even, odd) // 10:
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _likeliest(sample: bytes) -> str:
    """Guess an encoding; of several that fit equally well, Windows-1252, which most old files are in."""
    from charset_normalizer import from_bytes

    matches = from_bytes(sample)
    best = matches.best()
    if best is None:
        return _MOST_COMMON
    for match in matches:
        as_good = match.chaos <= best.chaos and match.coherence >= best.coherence
        if as_good and _MOST_COMMON in match.could_be_from_charset:
            return _MOST_COMMON
    return best.encoding


def _guess(data: bytes) -> str:
    if data.count(0, 0, _SAMPLE):
        raise ConversionError("not text", "The file holds binary data, not text")
    if len(data) >= _GUESSABLE:
        text = _try(data, _likeliest(data[:_SAMPLE]))
        if text is not None:
            return text
    text = _try(data, _MOST_COMMON)
    if text is None:
        raise ConversionError(
            "unknown encoding", "The file is in no encoding that could be recognised; save it as UTF-8"
        )
    return text
