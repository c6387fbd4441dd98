"""Whether two collections hold and find the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import create_engine, text

from carrel import Platform

VECTOR_TOLERANCE = 1e-3
SCORE_TOLERANCE = 1e-4
_TOP = 20

_VECTORS = """
SELECT passages.id, encoders.fingerprint, vectors.vector FROM embedded
JOIN passages ON passages.key = embedded.passage
JOIN vectors ON vectors.key = embedded.vector
JOIN encoders ON encoders.key = embedded.encoder
WHERE passages.removed IS NULL
"""


def differences(one: Platform, other: Platform, queries: Sequence[str]) -> Iterator[str]:
    """Yield what is not the same: sources, passages with spans and metadata, vectors, rankings of every mode."""
    yield from _unequal("source", _sources(one), _sources(other))
    yield from _unequal("passage", _passages(one), _passages(other))
    yield from _unequal_vectors(_vectors(one), _vectors(other))
    for query in queries:
        for mode in ("bm25", "dense", "hybrid"):
            yield from _unequal_rankings(f"{mode} {query!r}", _ranking(one, query, mode), _ranking(other, query, mode))


def doubled(desk: Platform) -> list[str]:
    """Return the sources and spans that occur twice."""
    spans = Counter(
        (block["source"], block["start"], block["end"])
        for document in desk.store.iterate()
        for block in (document.meta["carrel"],)
    )
    return [f"{source} {start}-{end}" for (source, start, end), count in spans.items() if count > 1]


def _sources(desk: Platform) -> dict[str, Any]:
    same_for_all = {"updated": 0.0, "modified": None}
    return {record.uri: replace(record, **same_for_all) for record in desk.store.sources()}


def _passages(desk: Platform) -> dict[str, Any]:
    return {document.id: (document.content, document.meta) for document in desk.store.iterate()}


def _vectors(desk: Platform) -> dict[str, Any]:
    engine = create_engine(f"sqlite:///{desk.store.path / 'store.db'}")
    with engine.connect() as connection:
        rows = connection.execute(text(_VECTORS)).all()
    engine.dispose()
    return {f"{row.id} by {row.fingerprint}": np.frombuffer(row.vector, dtype=np.float32) for row in rows}


def _ranking(desk: Platform, query: str, mode: Any) -> list[tuple[str, float]]:
    return [(hit.id, max(hit.scores.values())) for hit in desk.search(query, mode=mode, top_k=_TOP)]


def _unequal(kind: str, one: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    yield from (f"{kind} {key} is not there" for key in other.keys() - one.keys())
    yield from (f"{kind} {key} should not be there" for key in one.keys() - other.keys())
    for key in one.keys() & other.keys():
        if one[key] != other[key]:
            yield f"{kind} {key} is {one[key]}, not {other[key]}"


def _unequal_vectors(one: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    yield from _unequal("vector of", dict.fromkeys(one), dict.fromkeys(other))
    for key in one.keys() & other.keys():
        far = float(np.abs(one[key] - other[key]).max())
        if far > VECTOR_TOLERANCE:
            yield f"the vector of {key} is off by {far:.4f}"


def _unequal_rankings(name: str, one: list[tuple[str, float]], other: list[tuple[str, float]]) -> Iterator[str]:
    if [key for key, _ in one] != [key for key, _ in other]:
        yield f"{name} ranks {one}, not {other}"
    elif any(abs(a - b) > SCORE_TOLERANCE for (_, a), (_, b) in zip(one, other, strict=True)):
        yield f"{name} scores {one}, not {other}"
