"""The exact top k by BM25 of a set of passages, however small or large the set is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import tantivy

from carrel.stores.embedded.selection import Keys
from carrel.stores.embedded.text_files import TextView
from carrel.stores.embedded.text_index import FieldBoosts
from carrel.stores.embedded.text_query import TextQuery, compile_query, matching_keys, ranking, restricted
from carrel.stores.query import Query

Ranking = list[tuple[float, int]]

_MARGIN = 16
_MOST_TIES = 10_000
_SMALL_SET = 2_000
_DEEPEST_WALK = 20_000


def bm25_candidates(view: TextView, query: Query, top_k: int, *, allowed: Keys | None, boosts: FieldBoosts) -> Ranking:
    """Return the `top_k` best (score, passage key) of the allowed passages and all that tie with the last of them.

    A query that only chooses passages, with no word that ranks them, gives every match the score 0.
    """
    compiled = compile_query(view.index, view.searcher, query, boosts)
    if compiled is None or top_k <= 0 or (allowed is not None and not len(allowed)):
        return []
    if not compiled.ranked:
        return [(0.0, key) for key in _matches(view, compiled, allowed).tolist()]
    return _best(view, compiled.query, top_k, allowed)


def bm25_matches(view: TextView, query: Query, *, allowed: Keys | None, boosts: FieldBoosts) -> Keys:
    """Return the keys of all allowed passages that a query matches, ascending."""
    compiled = compile_query(view.index, view.searcher, query, boosts)
    return np.empty(0, dtype=np.int64) if compiled is None else _matches(view, compiled, allowed)


def _matches(view: TextView, compiled: TextQuery, allowed: Keys | None) -> Keys:
    keys = matching_keys(view.searcher, compiled.query)
    return keys if allowed is None else np.intersect1d(keys, allowed, assume_unique=True)


def _best(view: TextView, query: tantivy.Query, top_k: int, allowed: Keys | None) -> Ranking:
    searcher = view.searcher
    size = max(1, searcher.num_docs)

    def everywhere(limit: int) -> Ranking:
        return ranking(searcher, query, limit)

    if allowed is None:
        return _with_ties(everywhere, top_k, top_k + _MARGIN, size)
    if len(allowed) > _SMALL_SET:
        walked = _walk(everywhere, top_k, allowed, size)
        if walked is not None:
            return walked
    among = restricted(view.index, query, allowed.tolist())
    return _with_ties(lambda limit: ranking(searcher, among, limit), top_k, top_k + _MARGIN, size)


def _with_ties(search: Callable[[int], Ranking], top_k: int, limit: int, size: int) -> Ranking:
    """Search deeper until the score falls below that of the k-th hit."""
    while True:
        limit = min(limit, size)
        hits = search(limit)
        if _is_settled(hits, top_k) or len(hits) < limit or limit >= min(size, _MOST_TIES):
            return _cut(hits, top_k)
        limit *= 4


def _walk(search: Callable[[int], Ranking], top_k: int, allowed: Keys, size: int) -> Ranking | None:
    """Go down the ranking of all passages until enough of it is allowed; None where that is too far."""
    limit = int((top_k + _MARGIN) * size / len(allowed) * 1.5) + _MARGIN
    while limit <= _DEEPEST_WALK:
        hits = search(min(limit, size))
        inside = _allowed(hits, allowed)
        if _is_settled(inside, top_k) or len(hits) < limit:
            return _cut(inside, top_k)
        limit *= 4
    return None


def _allowed(hits: Ranking, allowed: Keys) -> Ranking:
    keys = np.fromiter((key for _, key in hits), dtype=np.int64, count=len(hits))
    places = np.minimum(np.searchsorted(allowed, keys), len(allowed) - 1)
    return [hit for hit, inside in zip(hits, allowed[places] == keys, strict=True) if inside]


def _is_settled(hits: Sequence[tuple[float, int]], top_k: int) -> bool:
    return len(hits) > top_k and hits[-1][0] < hits[top_k - 1][0]


def _cut(hits: Ranking, top_k: int) -> Ranking:
    if len(hits) <= top_k:
        return hits
    last = hits[top_k - 1][0]
    return [hit for hit in hits if hit[0] >= last]
