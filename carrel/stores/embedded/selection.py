"""Which passages a filter allows: computed once for a filter and a revision."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from carrel.stores.embedded.filter_sql import check_orderings, filter_clause
from carrel.stores.embedded.schema import passages, visible_at
from carrel.stores.filters import parse_filter

Keys = NDArray[np.int64]

_CACHED_BYTES = 64 << 20


class Selection:
    """The keys of the passages that a filter allows at one revision, ascending.

    `prepared` holds what indexes make of it, by the part of an index that it is for.
    """

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.prepared: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    def __len__(self) -> int:
        return len(self.keys)


class Selections:
    """The selections of the last filters asked for; how many are kept depends on their size."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cache: OrderedDict[tuple[str, int], Selection] = OrderedDict()
        self._bytes = 0

    def get(self, connection: Connection, filters: Mapping[str, Any] | None, revision: int) -> Selection | None:
        """Return the visible passages that match; None without a filter.

        Raises:
            FilterError: the filter is malformed or cannot be run.
        """
        if not filters:
            return None
        name = (json.dumps(filters, sort_keys=True, default=repr), revision)
        with self._lock:
            if name in self._cache:
                self._cache.move_to_end(name)
                return self._cache[name]
        made = Selection(select_keys(connection, filters, revision))
        with self._lock:
            self._keep(name, made)
        return made

    def _keep(self, name: tuple[str, int], made: Selection) -> None:
        """Keep a selection; those of older revisions go first, then those longest not asked for."""
        for other in [other for other in self._cache if other[1] < name[1]]:
            self._drop(other)
        if name not in self._cache:
            self._cache[name] = made
            self._bytes += made.keys.nbytes
        while self._bytes > _CACHED_BYTES and len(self._cache) > 1:
            self._drop(next(iter(self._cache)))

    def _drop(self, name: tuple[str, int]) -> None:
        self._bytes -= self._cache.pop(name).keys.nbytes


def select_keys(connection: Connection, filters: Mapping[str, Any] | None, revision: int) -> Keys:
    """Return the keys of the visible passages that match, ascending."""
    query = select(passages.c.key).where(visible_at(revision)).order_by(passages.c.key)
    if filters:
        condition = parse_filter(filters)
        check_orderings(connection, condition, revision)
        query = query.where(filter_clause(condition))
    return np.fromiter(connection.execute(query).scalars(), dtype=np.int64)


def count_visible(connection: Connection, revision: int) -> int:
    """Return how many passages a revision shows, counted from indexes alone."""
    rows = select(func.count()).select_from(passages).scalar_subquery()
    hidden = select(func.count()).select_from(passages).where(hidden_at(revision)).scalar_subquery()
    return int(connection.execute(select(rows - hidden)).scalar_one())


def hidden_at(revision: int) -> ColumnElement[bool]:
    """Return the condition that a revision does not show a row of `passages`: these are few, and found by indexes."""
    removed = passages.c.removed.is_not(None) & (passages.c.removed <= revision)
    return or_(passages.c.added > revision, removed)
