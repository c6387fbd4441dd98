"""Files of rows (JSONL, JSON arrays, CSV): which fields are id, title and text, and one source per row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from carrel.errors import ConversionError
from carrel.indexing.converters.document import one_line, sanitize, stem
from carrel.types import PROVENANCE_KEY, CanonicalText, Metadata

_ID_FIELDS = ("_id", "id")
_TITLE_FIELDS = ("title",)
_TEXT_FIELDS = ("text", "content")
SAMPLE = 100
"""How many records tell what a file holds."""


@dataclass(frozen=True, slots=True)
class RowFields:
    """The names of a row's fields; None stands for the usual ones (`_id` or `id`, `title`, `text` or `content`)."""

    id: str | None = None
    title: str | None = None
    text: str | None = None

    @property
    def named(self) -> bool:
        """Whether a user named one: then files of rows are expected."""
        return bool(self.id or self.title or self.text)

    @property
    def ids(self) -> tuple[str, ...]:
        return (self.id,) if self.id else _ID_FIELDS

    @property
    def titles(self) -> tuple[str, ...]:
        return (self.title,) if self.title else _TITLE_FIELDS

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.text,) if self.text else _TEXT_FIELDS


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file as it was read: its number, counted from 1, and its fields or the error that stopped us."""

    number: int
    fields: Mapping[str, Any] | None
    error: ConversionError | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One record as a source."""

    text: CanonicalText
    meta: Metadata

    @property
    def content_hash(self) -> str:
        """SHA-256 of everything that is indexed of the row."""
        content = [self.text.title, self.text.text, self.meta]
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def holds_texts(sample: Iterable[Record], fields: RowFields) -> bool:
    """Tell whether a file's first records have a text field, so that each is a source of its own."""
    return any(name in record.fields for record in sample if record.fields for name in fields.texts)


def row_id(record: Record, fields: RowFields) -> str | None:
    """Return the id that a record names; None if it names none."""
    name = _first(record.fields, fields.ids) if record.fields else None
    return one_line(_string(record.fields[name])) or None if record.fields and name else None


def as_row(record: Record, fields: RowFields, file_name: str) -> Row:
    """Turn a record into a row; a blank text is replaced by the title, and a missing title by the file's name.

    Raises:
        ConversionError: the record could not be read, or has no text.
    """
    if record.fields is None:
        raise record.error or ConversionError("malformed row", f"Row {record.number} could not be read")
    given = record.fields
    identity, title, text = (_first(given, names) for names in (fields.ids, fields.titles, fields.texts))
    body = _string(given[text]) if text else ""
    heading = _string(given[title]) if title else ""
    if not (body.strip() or (text and heading.strip())):
        wanted = f"nothing in {text!r}" if text else "no field " + " or ".join(map(repr, fields.texts))
        raise ConversionError("no text", f"Row {record.number} has {wanted}")
    return Row(
        text=CanonicalText(sanitize(body if body.strip() else heading), one_line(heading) or stem(file_name)),
        meta=_metadata(given, {identity, title, text}),
    )


def _first(given: Mapping[str, Any], names: Iterable[str]) -> str | None:
    return next((name for name in names if given.get(name) is not None), None)


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _metadata(given: Mapping[str, Any], used: set[str | None]) -> dict[str, Any]:
    unused = ((key, value) for key, value in given.items() if key not in used and key != PROVENANCE_KEY)
    return {sanitize(key): clean(value) for key, value in unused if value is not None and value != ""}


def clean(value: Any) -> Any:
    """Return a JSON value with its strings sanitized."""
    if isinstance(value, str):
        return sanitize(value)
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {sanitize(key): clean(item) for key, item in value.items()}
    return value
