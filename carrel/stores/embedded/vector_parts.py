"""Parts of a vector index: rows of one encoder's log that are searched together.

A row stands for a passage. What a revision shows and a filter allows is decided for each part before it is ranked, so
nothing is ever taken out of a part.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carrel.stores.contract import Vectors
from carrel.stores.embedded.faiss_library import load_faiss
from carrel.stores.embedded.selection import Keys, Selection

Mask = NDArray[np.bool_]
Places = NDArray[np.intp]

PURGED = 0
"""Removed before the first revision: the passage is gone from the database."""
ROUNDING = 1e-5
"""What inner products in single precision may be off by: scores so close are taken for ties."""
_MOST_TIES = 10_000
_CANDIDATES = 100
_CANDIDATES_PER_HIT = 5
"""Rows of a compressed part that are scored by 8 bits a dimension (docs/scale.md has the recall that this gives)."""


class Rows:
    """The passages of a part by their keys, each once, and the revisions that added and removed them."""

    def __init__(self, keys: Keys, added: Keys, removed: Keys) -> None:
        self.keys = keys
        self.added = added
        self.removed = removed
        ascending = bool(np.all(keys[1:] > keys[:-1]))
        self._order: Places | None = None if ascending else np.argsort(keys)
        self._sorted = keys if ascending else keys[self._order]

    def __len__(self) -> int:
        return len(self.keys)

    def shown(self, revision: int) -> Mask:
        """Return which rows a revision shows."""
        shown: Mask = (self.added <= revision) & (self.removed > revision)
        return shown

    def places(self, wanted: Keys) -> tuple[Places, Places]:
        """Return where passages (ascending keys) stand here, and which of the wanted these are."""
        if not len(self) or not len(wanted):
            nothing = np.empty(0, dtype=np.intp)
            return nothing, nothing
        first, end = np.searchsorted(wanted, [self._sorted[0], self._sorted[-1] + 1])
        near = wanted[first:end]
        found = np.searchsorted(self._sorted, near)
        hit = self._sorted[np.minimum(found, len(self) - 1)] == near
        places = found[hit]
        return (places if self._order is None else self._order[places]), np.flatnonzero(hit) + first

    def allowed(self, revision: int, keys: Keys | None) -> Mask:
        """Return which rows a revision shows and a filter (ascending keys) allows."""
        shown = self.shown(revision)
        if keys is None:
            return shown
        inside = np.zeros(len(self), dtype=np.bool_)
        inside[self.places(keys)[0]] = True
        return shown & inside

    def stamp(self, keys: Keys, revisions: Keys) -> None:
        """Set the revisions at which passages (ascending keys) were removed."""
        places, which = self.places(keys)
        self.removed[places] = revisions[which]

    def keep_only(self, keys: Keys) -> None:
        """Take every passage that is not among these (ascending) for purged."""
        places, _ = self.places(keys)
        gone = np.ones(len(self), dtype=np.bool_)
        gone[places] = False
        self.removed[gone] = PURGED


@dataclass(frozen=True, slots=True)
class Scored:
    """Passages with their (nearly exact) cosines, in no order."""

    scores: Vectors
    keys: Keys


@dataclass(frozen=True, slots=True)
class Admitted:
    """The rows of a part that one search may return.

    `places` are these rows in an exact part, None for all up to `count`. In a compressed part `selector` leaves out the
    other rows; None where there are none.
    """

    count: int
    places: Places | None = None
    selector: Any = None


class Part(ABC):
    """Rows that are searched together."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._shown: tuple[int, Admitted] | None = None

    @abstractmethod
    def admit(self, mask: Mask) -> Admitted:
        """Prepare searches of these rows."""

    @abstractmethod
    def search(self, vector: Vectors, top_k: int, admitted: Admitted) -> Scored:
        """Return the `top_k` best admitted rows (there is one at least), and others near them."""

    def admitted(self, revision: int, selection: Selection | None) -> Admitted:
        """Return which rows a search may return; computed once for a selection, or for a revision without one."""
        if selection is not None:
            if self not in selection.prepared:
                selection.prepared[self] = self.admit(self.rows.allowed(revision, selection.keys))
            found: Admitted = selection.prepared[self]
            return found
        shown = self._shown
        if shown is None or shown[0] != revision:
            shown = self._shown = (revision, self.admit(self.rows.shown(revision)))
        return shown[1]


class ExactPart(Part):
    """Vectors as a matrix, in memory or mapped, of which every admitted row is scored."""

    def __init__(self, rows: Rows, matrix: Vectors) -> None:
        super().__init__(rows)
        self._matrix = matrix

    def admit(self, mask: Mask) -> Admitted:
        count = int(np.count_nonzero(mask))
        return Admitted(count, places=None if count == len(mask) else np.flatnonzero(mask))

    def search(self, vector: Vectors, top_k: int, admitted: Admitted) -> Scored:
        """Return the `top_k` best admitted rows and what nearly ties with the last of them."""
        places = admitted.places
        if places is None:
            scores = inner_products(self._matrix[: admitted.count], vector)
        elif 4 * len(places) < len(self.rows):
            scores = inner_products(self._matrix[places], vector)  # reads these rows only
        else:
            scores = inner_products(self._matrix[: len(self.rows)], vector)[places]
        best = _best(scores, top_k)
        return Scored(scores[best], self.rows.keys[best if places is None else places[best]])


def inner_products(matrix: Vectors, vector: Vectors) -> Vectors:
    """Return the inner product of each row with a vector.

    In one thread: memory is what limits it, and the threads of a BLAS wait for each other, which on two busy cores took
    a hundred times as long as the sum itself.
    """
    products: Vectors = np.einsum("ij,j->i", matrix, vector)
    return products


def _best(scores: Vectors, top_k: int) -> Places:
    if len(scores) <= top_k:
        return np.arange(len(scores))
    cut = np.partition(scores, -top_k)[-top_k]
    best = np.flatnonzero(scores >= cut - ROUNDING)
    return best if len(best) <= _MOST_TIES else best[np.argsort(-scores[best], kind="stable")[:_MOST_TIES]]


class CompressedPart(Part):
    """Vectors in a FAISS index that is mapped into memory, twice: 4 bits for four dimensions, and 8 bits for each.

    Every admitted row is scored by the first, in registers (André, Kermarrec and Le Scouarnec 2015), and the best of
    these by the second. Nothing depends on where queries lie, as it would with inverted lists: questions lie far from
    passages.
    """

    def __init__(self, rows: Rows, index: Any) -> None:
        super().__init__(rows)
        self._index = index

    def admit(self, mask: Mask) -> Admitted:
        count = int(np.count_nonzero(mask))
        return Admitted(count, selector=None if count == len(mask) else _bitmap(mask))

    def search(self, vector: Vectors, top_k: int, admitted: Admitted) -> Scored:
        """Return more than the `top_k` best admitted rows: scores are off by the rounding to 8 bits."""
        wanted = min(refined_count(top_k), admitted.count)
        while True:
            options = compressed_search(wanted, top_k, admitted.selector)
            found, places = self._index.search(vector[None, :], wanted, params=options)
            scores, rows = found[0][places[0] >= 0], places[0][places[0] >= 0]
            if wanted >= min(admitted.count, _MOST_TIES) or scores[-1] < scores[top_k - 1] - ROUNDING:
                return Scored(scores, self.rows.keys[rows])
            wanted = min(4 * wanted, admitted.count)


def refined_count(top_k: int) -> int:
    """Return for how many rows a cosine from 8 bits a dimension is computed anew, if so many hits are wanted."""
    return 2 * top_k + 16


def compressed_search(wanted: int, top_k: int, selector: Any = None) -> Any:
    """Return FAISS's parameters: how many rows are scored a second time for so many wanted, and which may be found."""
    scored = max(wanted, _CANDIDATES + _CANDIDATES_PER_HIT * top_k)
    return _unfiltered(wanted, scored) if selector is None else _parameters(wanted, scored, selector)


@lru_cache(maxsize=16)
def _unfiltered(wanted: int, scored: int) -> Any:
    # Made in Python while other threads wait, for every part: that took a tenth of a search.
    return _parameters(wanted, scored, None)


def _parameters(wanted: int, scored: int, selector: Any) -> Any:
    faiss = load_faiss()
    all_rows = faiss.SearchParametersIVF(nprobe=1, sel=selector)
    return faiss.IndexRefineSearchParameters(k_factor=scored / wanted, base_index_params=all_rows)


def _bitmap(mask: Mask) -> Any:
    """Return a selector of the places whose bit is set."""
    return load_faiss().IDSelectorBitmap(np.packbits(mask, bitorder="little"))


def search_parts(admitted: Sequence[tuple[Part, Admitted]], vector: Vectors, top_k: int) -> list[Scored]:
    """Search parts on as many cores as FAISS may use (it takes one for a single query); the largest should come first.

    Each thread takes the next part when it is done with one. One task a part took a quarter longer.
    """
    waiting = iter(admitted)

    def searched() -> list[Scored]:
        return [part.search(vector, top_k, of_part) for part, of_part in waiting]

    # A small collection has exact parts alone: a question asked of it should not wait for FAISS to be imported.
    if not any(isinstance(part, CompressedPart) for part, _ in admitted):
        return searched()
    threads = min(len(admitted), load_faiss().omp_get_max_threads())
    if threads < 2:
        return searched()
    with ThreadPoolExecutor(threads - 1) as pool:
        others = [pool.submit(searched) for _ in range(threads - 1)]
        return [*searched(), *(found for other in others for found in other.result())]


def empty_rows() -> Rows:
    """Return rows of no passage."""
    nothing = np.empty(0, dtype=np.int64)
    return Rows(nothing, nothing, nothing)
