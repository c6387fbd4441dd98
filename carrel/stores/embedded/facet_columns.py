"""The values of one field for all passages of a revision, as arrays that counting is fast on."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, or_, select

from carrel.stores.embedded.schema import field_values, fields, passages, sources, versions, visible_at
from carrel.stores.embedded.selection import Keys
from carrel.stores.facets import FacetValue
from carrel.stores.filters import Field, MetaField, OwnField

_CACHED = 16


@dataclass(frozen=True, slots=True)
class Column:
    """One entry for each passage and value: the passage's key, the value's number and the source's key.

    `present` are the keys of the passages that have the field.
    """

    keys: Keys
    codes: NDArray[np.int64]
    sources: Keys
    values: list[Any]
    present: Keys

    def count(self, among: Keys | None) -> tuple[list[FacetValue], int]:
        """Count every value among these passages, and the passages that have the field."""
        if among is None:
            return self._counted(self.codes, self.sources), len(self.present)
        inside = np.isin(self.keys, among)
        here = int(np.isin(self.present, among, assume_unique=True).sum())
        return self._counted(self.codes[inside], self.sources[inside]), here

    def _counted(self, codes: NDArray[np.int64], of: Keys) -> list[FacetValue]:
        size = len(self.values)
        in_passages = np.bincount(codes, minlength=size)
        order = np.lexsort((of, codes))
        codes, of = codes[order], of[order]
        first = np.ones(len(codes), dtype=np.bool_)
        first[1:] = (codes[1:] != codes[:-1]) | (of[1:] != of[:-1])
        in_sources = np.bincount(codes[first], minlength=size)
        return [
            FacetValue(self.values[code], int(in_passages[code]), int(in_sources[code]))
            for code in np.flatnonzero(in_passages)
        ]


@dataclass(frozen=True, slots=True)
class _Shown:
    """The passages that a revision shows: key, source, version and page of each, keys ascending."""

    keys: Keys
    sources: Keys
    versions: Sequence[int]
    pages: Sequence[int | None]


class Columns:
    """The columns of the newest revision that fields were counted at last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cache: OrderedDict[Field, Column] = OrderedDict()
        self._shown: _Shown | None = None
        self._revision = -1

    def get(self, connection: Connection, field: Field, revision: int) -> Column:
        """Return the values of a field at a revision."""
        with self._lock:
            if revision != self._revision:
                self._cache.clear()
                self._shown = None
                self._revision = revision
            if field in self._cache:
                self._cache.move_to_end(field)
                return self._cache[field]
            if self._shown is None:
                self._shown = _read_shown(connection, revision)
            column = self._cache[field] = _column(self._shown, _read_values(connection, field, self._shown))
            if len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
            return column


def _read_shown(connection: Connection, revision: int) -> _Shown:
    columns = (passages.c.key, passages.c.source, passages.c.version, passages.c.page)
    rows = connection.execute(select(*columns).where(visible_at(revision)).order_by(passages.c.key)).all()
    keys, of, versions_of, pages = zip(*rows, strict=True) if rows else ((), (), (), ())
    return _Shown(np.array(keys, dtype=np.int64), np.array(of, dtype=np.int64), versions_of, pages)


def _column(shown: _Shown, found: Iterable[tuple[int, Any]]) -> Column:
    """Number the values; 1 and 1.0 are one value, True is another, and a list counts for its elements."""
    codes: dict[tuple[bool, Any], int] = {}
    entries: list[tuple[int, int]] = []
    having: list[int] = []
    for passage, value in found:
        having.append(passage)
        items = value.elements if isinstance(value, _Json) else (value,)
        entries.extend((passage, codes.setdefault((isinstance(item, bool), item), len(codes))) for item in items)
    matrix = np.array(entries, dtype=np.int64).reshape(-1, 2)
    places = np.searchsorted(shown.keys, matrix[:, 0])
    visible = np.isin(matrix[:, 0], shown.keys)
    present = np.array(having, dtype=np.int64)
    return Column(
        keys=matrix[visible, 0],
        codes=matrix[visible, 1],
        sources=shown.sources[places[visible]],
        values=[value for _, value in codes],
        present=present[np.isin(present, shown.keys)],
    )


@dataclass(frozen=True, slots=True)
class _Json:
    """A list or a dictionary in metadata; the fields of a dictionary are fields of their own."""

    elements: tuple[Any, ...]

    @classmethod
    def parse(cls, text: str) -> _Json:
        value = json.loads(text)
        scalars = [item for item in value if isinstance(item, int | float | str)] if isinstance(value, list) else []
        return cls(tuple(dict.fromkeys(scalars)))


def _read_values(connection: Connection, field: Field, shown: _Shown) -> Iterable[tuple[int, Any]]:
    """Yield (passage, value), of passages that are not shown too."""
    if isinstance(field, MetaField):
        return _metadata(connection, field.path)
    if field is OwnField.PAGE:
        return ((key, page) for key, page in zip(shown.keys.tolist(), shown.pages, strict=True) if page is not None)
    table, column, of = _NAMED[field]
    names = {row[0]: row[1] for row in connection.execute(select(table.c.key, column))}
    owners = shown.sources.tolist() if of == "sources" else shown.versions
    return ((key, names[owner]) for key, owner in zip(shown.keys.tolist(), owners, strict=True))


def _metadata(connection: Connection, path: str) -> Iterator[tuple[int, Any]]:
    """Read a metadata field from the index that holds its values, which is several times faster than the rows.

    The index lacks their kinds: these are looked up where a value can be more than one.
    """
    of = field_values.c.field == select(fields.c.key).where(fields.c.name == path).scalar_subquery()
    value = field_values.c.value
    unclear = or_(value.in_([0, 1]), value.between("[", "\\"), value.between("{", "|"))
    special = select(field_values.c.passage, field_values.c.kind).where(of, unclear)
    kinds = {row[0]: row[1] for row in connection.execute(special.where(field_values.c.kind.in_(["bool", "json"])))}
    for passage, stored in connection.execute(select(field_values.c.passage, value).where(of)):
        kind = kinds.get(passage)
        yield passage, bool(stored) if kind == "bool" else _Json.parse(stored) if kind == "json" else stored


_NAMED: dict[Field, tuple[Table, Any, str]] = {
    OwnField.SOURCE: (sources, sources.c.uri, "sources"),
    OwnField.TITLE: (versions, versions.c.title, "versions"),
    OwnField.VERSION: (versions, versions.c.hash, "versions"),
}
