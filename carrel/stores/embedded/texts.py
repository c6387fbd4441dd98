"""Canonical texts on disk: cut into chunks, stored once, read by span."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, select

from carrel.errors import InvalidTextError
from carrel.stores.embedded.database import json_list, one_of
from carrel.stores.embedded.schema import passages, texts, versions

CHUNK = 4096
"""Characters in a chunk; changing it needs a migration, since it is how offsets find their chunk."""


def check_text(text: str, of: str) -> None:
    """Refuse what UTF-8 or SQLite cannot hold.

    Raises:
        InvalidTextError: the text holds a lone surrogate or a NUL character; the message says where.
    """
    if "\0" in text:
        raise InvalidTextError(f"{of}: NUL character at offset {text.index(chr(0))}; remove it before writing")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        message = f"{of}: lone surrogate {text[error.start]!r} at offset {error.start}; replace it before writing"
        raise InvalidTextError(message) from None


def chunk_rows(key: int, text: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of `texts` for one text."""
    for ordinal, begin in enumerate(range(0, len(text), CHUNK)):
        yield {"text": key, "ordinal": ordinal, "content": text[begin : begin + CHUNK]}


def whole_text(connection: Connection, key: int) -> str:
    """Return the text with this key."""
    query = select(texts.c.content).where(texts.c.text == key).order_by(texts.c.ordinal)
    return "".join(connection.execute(query).scalars())


_CHUNKS_OF_PASSAGES = (
    select(passages.c.key, passages.c.start, passages.c.end, texts.c.ordinal, texts.c.content)
    .join(versions, versions.c.key == passages.c.version)
    .join(
        texts,
        and_(
            texts.c.text == versions.c.text,
            texts.c.ordinal >= passages.c.start // CHUNK,
            texts.c.ordinal <= (passages.c.end - 1) // CHUNK,
        ),
    )
    .where(passages.c.key.in_(one_of("keys")))
    .order_by(passages.c.key, texts.c.ordinal)
)


def passage_texts(connection: Connection, keys: Sequence[int]) -> dict[int, str]:
    """Return the text of each passage, reading only the chunks that it covers."""
    rows = connection.execute(_CHUNKS_OF_PASSAGES, {"keys": json_list(keys)})
    return dict(_cut(rows))


def _cut(rows: Iterable[Any]) -> Iterator[tuple[int, str]]:
    chunks: Mapping[int, list[Any]] = defaultdict(list)
    for row in rows:
        chunks[row.key].append(row)
    for key, covered in chunks.items():
        first = covered[0]
        offset = first.ordinal * CHUNK
        joined = first.content if len(covered) == 1 else "".join(row.content for row in covered)
        yield key, joined[first.start - offset : first.end - offset]
