"""Metadata as rows that filters can ask: one row for each field of each passage.

A nested dictionary becomes a row for itself and one for each field inside (`person`, `person.name`). Columns:

- `kind`: the JSON type: `bool`, `int`, `float`, `str`, or `json` for lists and dictionaries.
- `value`: the number (1 and 0 for booleans, which equal numbers in Python), the text, or the canonical JSON.
- `wall`, `utc`: for an ISO 8601 date, its clock time in microseconds since the epoch as it was written, and the same
  instant in UTC where the date names its offset.

None has no row: to a filter it is the same as a missing field.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from carrel.stores.dates import parse_date
from carrel.stores.embedded.database import json_list, one_of
from carrel.stores.embedded.schema import field_values, fields

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_INT64 = range(-(1 << 63), 1 << 63)


def wall_time(date: datetime) -> int:
    """Return the clock time of a date in microseconds since the epoch, whatever its offset."""
    return (date.replace(tzinfo=None) - _EPOCH) // _MICROSECOND


def utc_time(date: datetime) -> int | None:
    """Return the instant in microseconds since the epoch; None for a date without offset."""
    offset = date.utcoffset()
    return None if offset is None else wall_time(date) - offset // _MICROSECOND


def canonical(value: Any) -> Any:
    """Return what is stored in `value`: equal inputs (as Python compares JSON values) give equal outputs."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value if value in _INT64 else float(value)
    if isinstance(value, float | str):
        return value
    return json.dumps(_normalized(value), sort_keys=True, ensure_ascii=False)


def kind_of(value: Any) -> str:
    """Return the kind of a value that is not None."""
    return type(value).__name__ if isinstance(value, bool | int | float | str) else "json"


def flatten(meta: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every (path, value) that a filter can name; a key with a dot in it cannot be named."""
    for key, value in meta.items():
        if value is None or "." in key or (isinstance(value, float) and math.isnan(value)):
            continue
        yield prefix + key, value
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")


class FieldWriter:
    """Writes the rows of many passages within one transaction; field names become keys once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._keys: dict[str, int] = {row.name: row.key for row in connection.execute(select(fields))}
        self._rows: list[dict[str, Any]] = []

    def add(self, passage: int, values: Mapping[str, Any]) -> None:
        for name, value in flatten(values):
            self._rows.append({"passage": passage, "field": self._key(name), **columns(value)})

    def replace(self, changed: Mapping[int, Mapping[str, Any]]) -> None:
        """Put these values in the place of all that the passages had."""
        self.remove(list(changed))
        for passage, values in changed.items():
            self.add(passage, values)

    def remove(self, keys: list[int]) -> None:
        self._connection.execute(
            delete(field_values).where(field_values.c.passage.in_(one_of("keys"))), {"keys": json_list(keys)}
        )

    def flush(self) -> None:
        if self._rows:
            self._connection.execute(insert(field_values), self._rows)
            self._rows = []

    def _key(self, name: str) -> int:
        if name not in self._keys:
            self._keys[name] = len(self._keys) + 1
            self._connection.execute(insert(fields), {"key": self._keys[name], "name": name})
        return self._keys[name]


def columns(value: Any) -> dict[str, Any]:
    """Return the typed columns of one value."""
    date = parse_date(value) if isinstance(value, str) else None
    return {
        "kind": kind_of(value),
        "value": canonical(value),
        "wall": None if date is None else wall_time(date),
        "utc": None if date is None else utc_time(date),
    }


def _normalized(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _normalized(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_normalized(item) for item in value]
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
