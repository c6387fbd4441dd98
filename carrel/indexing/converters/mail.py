"""E-mail messages (RFC 822, MIME): who wrote what to whom, and the text."""

from __future__ import annotations

import email
import email.errors
import email.header
import email.utils
from collections.abc import Iterator
from datetime import datetime
from email.message import Message
from typing import Any

from carrel.errors import ConversionError
from carrel.indexing.converters.document import Block, Converted, assemble, choose_title, one_line, sanitize
from carrel.indexing.converters.encoding import decode
from carrel.indexing.converters.html import declared_encoding, fragment_blocks

_PEOPLE = {"From": "from", "To": "to", "Cc": "cc"}


def convert(data: bytes, name: str) -> Converted:
    """Read a message: its subject as a heading, then sender, receivers and date, then its text.

    Of a text that comes in several forms the plain one is read; attachments are named, not read.

    Raises:
        ConversionError: it holds nothing.
    """
    if not data.strip():
        raise ConversionError("no text", "The document holds no text")
    message = email.message_from_bytes(_narrow(data))
    meta = _metadata(message)
    blocks = list(_message(message, level=1))
    return Converted(assemble([blocks], title=choose_title([_header(message, "Subject")], blocks, name)), meta)


def _narrow(data: bytes) -> bytes:
    """Return a message that was saved as UTF-16 in UTF-8; other ones as they are, each part has its own encoding."""
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff")) or 0 in data[:4]
    return decode(data).encode("utf-8") if is_wide else data


def _message(message: Message, *, level: int) -> Iterator[Block]:
    yield Block(_header(message, "Subject"), level=level)
    head = [(field, _header(message, field)) for field in (*_PEOPLE, "Date")]
    yield Block("\n".join(f"{field}: {text}" for field, text in head if text))
    yield from _parts(message, level=level)
    names = _attachments(message)
    yield Block(f"Attachments: {', '.join(names)}" if names else "")


def _parts(part: Message, *, level: int) -> Iterator[Block]:
    """Yield the text of a part: of alternatives the first that is plain text, else the first that has any."""
    if part.get_content_type() == "message/rfc822" and part.is_multipart():
        for inner in _children(part):
            yield from _message(inner, level=min(level + 1, 6))
    elif part.get_content_type() == "multipart/alternative":
        forms = [list(_parts(inner, level=level)) for inner in sorted(_children(part), key=_is_html)]
        yield from next((blocks for blocks in forms if any(block.text.strip() for block in blocks)), [])
    elif part.is_multipart():
        for inner in _children(part):
            if not _is_attachment(inner):
                yield from _parts(inner, level=level)
    elif part.get_content_maintype() == "text":
        yield from _text(part)


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [inner for inner in payload if isinstance(inner, Message)] if isinstance(payload, list) else []


def _is_html(part: Message) -> bool:
    return part.get_content_type() != "text/plain"


def _is_attachment(part: Message) -> bool:
    is_text = part.get_content_maintype() in ("text", "multipart") or part.get_content_type() == "message/rfc822"
    return part.get_content_disposition() == "attachment" or not is_text


def _text(part: Message) -> Iterator[Block]:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes) or not data.strip():
        return
    charset = part.get_content_charset()
    if part.get_content_type() == "text/html":
        yield from fragment_blocks(decode(data, declared=charset or declared_encoding(data)))
        return
    text = sanitize(decode(data, declared=charset))
    for paragraph in text.split("\n\n"):
        yield Block("\n".join(line.rstrip() for line in paragraph.split("\n")))


def _header(message: Message, field: str) -> str:
    given = message.get(field)
    return "" if given is None else _decoded(given)


def _decoded(given: Any) -> str:
    """Return a header as people read it; what is encoded wrongly stays as it is."""
    try:
        return one_line(str(email.header.make_header(email.header.decode_header(given))))
    except (LookupError, ValueError, email.errors.HeaderParseError):
        return one_line(str(given))


def _attachments(message: Message) -> list[str]:
    names = []
    for part in message.walk():
        name = part.get_filename()
        if name and not part.is_multipart():
            names.append(_decoded(name))
    return names


def _metadata(message: Message) -> dict[str, Any]:
    found: dict[str, Any] = {key: _header(message, field) for field, key in _PEOPLE.items()}
    found["date"] = _date(_header(message, "Date"))
    found["attachments"] = _attachments(message)
    return {key: given for key, given in found.items() if given}


def _date(given: str) -> str | None:
    """Return the day of a message in ISO 8601; None if its date is none."""
    for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
        try:
            return read(given).date().isoformat()
        except (TypeError, ValueError, IndexError):
            continue
    return None
