"""Which lists of which segments a query reads: the nearest ones, until enough admitted rows were seen.

Counting admitted rows instead of lists lets one rule serve every filter: without one a small share of the lists is
read, with one that admits half of the rows about twice as many, and a selective filter reads every list that has
anything to offer, which is an exact scan of what it admits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from carrel.stores.contract import Vectors
from carrel.stores.embedded.vector_parts import Admitted, ClusteredPart, Mask, inner_products

SHARE = 0.15
"""Share of all clustered rows that a search sees at least (docs/scale.md has the recall that this gives)."""
FEWEST = 8_192
"""Rows that a search sees in any case, if there are so many."""
PER_HIT = 64
"""Rows seen for each hit wanted: a deep ranking needs more of them."""


class Clusters:
    """The centroids of all clustered segments."""

    def __init__(self, parts: Sequence[ClusteredPart]) -> None:
        self._rows = sum(len(part.rows) for part in parts)
        self._ends = np.cumsum([len(part.centroids) for part in parts])
        self._centroids = np.concatenate([part.centroids for part in parts]) if parts else None

    def nearest(self, vector: Vectors, top_k: int, admitted: Sequence[Admitted]) -> list[Mask]:
        """Return for each segment which of its lists to read."""
        if self._centroids is None:
            return []
        offered = np.concatenate([one.per_list for one in admitted if one.per_list is not None])
        order = np.argsort(-inner_products(self._centroids, vector))
        seen = np.cumsum(offered[order])
        wanted = max(FEWEST, PER_HIT * top_k, int(SHARE * self._rows))
        chosen = np.zeros(len(offered), dtype=np.bool_)
        chosen[order[: int(np.searchsorted(seen, wanted)) + 1]] = True
        chosen &= offered > 0
        return np.split(chosen, self._ends[:-1])
