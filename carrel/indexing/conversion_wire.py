"""What the job and its conversion process say to each other: frames of a JSON header and bytes, over pipes."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import IO, Any

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Converted
from carrel.types import CanonicalText, Heading

_SIZES = struct.Struct(">QQ")
PREFIX = _SIZES.size
"""Bytes that tell the sizes of the header and of the body of a frame."""

TOO_MUCH_MEMORY = "too much memory"
TOO_SLOW = "too slow"
CRASHED = "converter crashed"
"""The kinds of failure that a limit or a crash ends in."""


def pack(header: Mapping[str, Any], body: bytes) -> bytes:
    """Return a frame."""
    head = json.dumps(header, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return b"".join((_SIZES.pack(len(head), len(body)), head, body))


def frame_size(prefix: bytes | bytearray) -> int:
    """Return the size of a whole frame, by its first `PREFIX` bytes."""
    head, body = _SIZES.unpack(prefix[:PREFIX])
    return PREFIX + int(head) + int(body)


def unpack(frame: bytes | bytearray) -> tuple[dict[str, Any], bytes]:
    """Return the header and the body of a frame."""
    size, _ = _SIZES.unpack(frame[:PREFIX])
    header: dict[str, Any] = json.loads(frame[PREFIX : PREFIX + size].decode("utf-8", "surrogatepass"))
    return header, bytes(memoryview(frame)[PREFIX + size :])


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Read a frame; None at the end of the stream."""
    prefix = stream.read(PREFIX)
    if len(prefix) < PREFIX:
        return None
    rest = stream.read(frame_size(prefix) - PREFIX)
    return unpack(prefix + rest)


def pack_converted(converted: Converted) -> bytes:
    """Return the frame of a document."""
    text = converted.text
    header = {
        "title": text.title,
        "page_starts": text.page_starts,
        "headings": [(heading.start, heading.level, heading.text) for heading in text.headings],
        "meta": converted.meta,
    }
    return pack(header, text.text.encode("utf-8"))


def pack_error(error: str, reason: str) -> bytes:
    """Return the frame of a failure."""
    return pack({"error": error, "reason": reason}, b"")


def unpack_converted(frame: bytes | bytearray) -> Converted:
    """Return the document in a frame.

    Raises:
        ConversionError: the frame tells of a failure.
    """
    header, body = unpack(frame)
    if "error" in header:
        raise ConversionError(header["error"], header["reason"])
    headings = tuple(Heading(*heading) for heading in header["headings"])
    text = CanonicalText(body.decode("utf-8"), header["title"], tuple(header["page_starts"]), headings)
    return Converted(text, header["meta"])
