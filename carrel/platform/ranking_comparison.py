"""Where encoders rank the passage that a query asks for, query by query: what two encoders are compared by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from carrel.models.sentence_encoder import SentenceEncoder


@dataclass(frozen=True, slots=True)
class RankedQuery:
    """A query, what it should find, and among what.

    `wanted` are the texts that are right, as they may be shown for this query; `rows` are their places in the corpus,
    where they are no distractors. `among` are the rows that the query is asked of (None: all). `about` are the rows of
    the passages that it was made of, or that hold its marked answer.
    """

    kind: str
    text: str
    document: str
    wanted: tuple[str, ...]
    rows: tuple[int, ...]
    among: tuple[int, ...] | None = None
    about: tuple[int, ...] = ()


def reciprocal_ranks(encoder: SentenceEncoder, corpus: Sequence[str], queries: Sequence[RankedQuery]) -> list[float]:
    """Return for each query 1 / the rank of the best text that is wanted, among the corpus."""
    vectors = encoder.encode(corpus)
    wanted = encoder.encode([text for query in queries for text in query.wanted])
    ranks, place = [], 0
    for query in queries:
        asked = encoder.encode_query(query.text)
        own = float((wanted[place : place + len(query.wanted)] @ asked).max())
        place += len(query.wanted)
        distractors = np.zeros(len(corpus), dtype=bool)
        distractors[slice(None) if query.among is None else list(query.among)] = True
        distractors[list(query.rows)] = False
        ranks.append(1 / (1 + int((vectors[distractors] @ asked > own).sum())))
    return ranks


def by_kind(
    queries: Sequence[RankedQuery], baseline: Sequence[float], adapted: Sequence[float]
) -> dict[str, tuple[list[float], list[float]]]:
    """Return both encoders' values by kind of query, one for one."""
    found: dict[str, tuple[list[float], list[float]]] = {}
    for query, before, after in zip(queries, baseline, adapted, strict=True):
        kind = found.setdefault(query.kind, ([], []))
        kind[0].append(before)
        kind[1].append(after)
    return found
