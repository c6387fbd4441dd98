"""Questions about the metadata of a collection: which fields there are, and which values they have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from carrel.stores.embedded.database import json_list, one_of
from carrel.stores.embedded.schema import field_values, fields, passages, visible_at
from carrel.stores.embedded.selection import Keys

_TYPES = {"bool": "boolean", "int": "int", "float": "float", "str": "keyword", "json": "keyword"}


def field_names(connection: Connection) -> list[str]:
    """Return the names of all top-level metadata fields that any passage has or had, sorted."""
    query = select(fields.c.name).where(fields.c.name.not_like("%.%")).order_by(fields.c.name)
    return list(connection.execute(query).scalars())


def field_types(connection: Connection, revision: int) -> dict[str, dict[str, str]]:
    """Return the type of every top-level metadata field, in Haystack's words."""
    query = (
        _visible(select(fields.c.name, func.min(field_values.c.kind).label("kind")), revision)
        .join(fields, fields.c.key == field_values.c.field)
        .where(fields.c.name.not_like("%.%"))
        .group_by(fields.c.name)
    )
    return {row.name: {"type": _TYPES[row.kind]} for row in connection.execute(query)}


def field_range(connection: Connection, name: str, revision: int) -> dict[str, Any]:
    """Return the smallest and the largest value of a field, None where it has no values of one sort."""
    values = [value for value, _ in _values(connection, name, revision, None) if isinstance(value, int | float | str)]
    if len({isinstance(value, str) for value in values}) != 1:
        return {"min": None, "max": None}
    return {"min": min(values), "max": max(values)}


def unique_values(
    connection: Connection, name: str, revision: int, *, allowed: Keys | None, search_term: str | None
) -> list[Any]:
    """Return the different values of a field, in order of their text; 1, 1.0, True and "1" are different."""
    found = _values(connection, name, revision, allowed)
    term = (search_term or "").casefold()
    matching = [(value, kind) for value, kind in found if term in str(value).casefold()]
    return [value for value, kind in sorted(matching, key=lambda pair: (str(pair[0]), pair[1]))]


def count_unique(
    connection: Connection, names: Sequence[str], revision: int, *, allowed: Keys | None
) -> dict[str, int]:
    """Return how many different values each field has among the allowed passages."""
    return {name: len(_values(connection, name, revision, allowed)) for name in names}


def _values(connection: Connection, name: str, revision: int, allowed: Keys | None) -> list[tuple[Any, str]]:
    path = name.removeprefix("meta.")
    query = _visible(select(field_values.c.kind, field_values.c.value).distinct(), revision)
    query = query.where(field_values.c.field == select(fields.c.key).where(fields.c.name == path).scalar_subquery())
    bound: dict[str, Any] = {}
    if allowed is not None:
        query = query.where(passages.c.key.in_(one_of("keys")))
        bound = {"keys": json_list(allowed.tolist())}
    return [(_decode(row.kind, row.value), row.kind) for row in connection.execute(query, bound)]


def _visible(query: Select[Any], revision: int) -> Select[Any]:
    return query.join_from(field_values, passages, passages.c.key == field_values.c.passage).where(visible_at(revision))


def _decode(kind: str, value: Any) -> Any:
    if kind == "bool":
        return bool(value)
    return json.loads(value) if kind == "json" else value
