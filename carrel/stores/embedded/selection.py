"""Which passages a filter allows: computed once for a filter and a revision."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from carrel.stores.embedded.filter_sql import check_orderings, filter_clause
from carrel.stores.embedded.schema import passages, visible_at
from carrel.stores.filters import parse_filter

Keys = NDArray[np.int64]
_CACHED = 32


class Selections:
    """The keys of the passages that filters allow, ascending; the last ones asked for are kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cache: OrderedDict[tuple[str, int], Keys] = OrderedDict()

    def keys(self, connection: Connection, filters: Mapping[str, Any] | None, revision: int) -> Keys | None:
        """Return the keys of the visible passages that match, ascending; None without a filter.

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
        keys = select_keys(connection, filters, revision)
        with self._lock:
            self._cache[name] = keys
            while len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
        return keys


def select_keys(connection: Connection, filters: Mapping[str, Any] | None, revision: int) -> Keys:
    """Return the keys of the visible passages that match, ascending."""
    query = select(passages.c.key).where(visible_at(revision)).order_by(passages.c.key)
    if filters:
        condition = parse_filter(filters)
        check_orderings(connection, condition, revision)
        query = query.where(filter_clause(condition))
    return np.fromiter(connection.execute(query).scalars(), dtype=np.int64)


def count_visible(connection: Connection, revision: int) -> int:
    """Return how many passages a revision shows."""
    return connection.execute(select(func.count()).select_from(passages).where(visible_at(revision))).scalar_one()
