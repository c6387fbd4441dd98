"""Vectors in the database: the truth that vector indexes are built from.

A vector belongs to a text (by hash) and an encoder (by fingerprint); the log `embedded` says which passage got which.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, exists, func, insert, select

from carrel.errors import FingerprintMismatchError, ModelError
from carrel.stores.contract import Coverage, Vectors
from carrel.stores.embedded.database import json_list, next_key, one_of
from carrel.stores.embedded.schema import embedded, encoders, passages, vectors, versions
from carrel.stores.embedded.selection import count_visible, hidden_at
from carrel.stores.embedded.texts import passage_texts
from carrel.types import embedding_text

EXTERNAL = "external"
"""The fingerprint of vectors that callers wrote with their documents."""

_UNIT_TOLERANCE = 1e-3
_IN_LIST = 500


def check_unit(array: Any, *, rows: int) -> Vectors:
    """Return vectors as contiguous float32.

    Raises:
        ValueError: the shape is not (rows, d), a number is not finite, or a vector is not of unit length.
    """
    checked: NDArray[np.float32] = np.ascontiguousarray(array, dtype=np.float32)
    if checked.ndim != 2 or checked.shape[0] != rows or checked.shape[1] == 0:
        raise ValueError(f"vectors need the shape ({rows}, d), not {checked.shape}")
    norms = np.linalg.norm(checked.astype(np.float64), axis=1)
    if not np.all(np.abs(norms - 1.0) <= _UNIT_TOLERANCE):  # false for NaN too
        raise ValueError("vectors need unit length; normalize them before they are written or searched with")
    return checked


def write_vectors(connection: Connection, fingerprint: str, hashes: Sequence[str], array: Vectors) -> int:
    """Store vectors for texts and give them to the passages that have these texts; returns how many got one.

    A text that has a vector of this encoder keeps it.
    """
    if fingerprint == EXTERNAL:
        raise ModelError(f"the fingerprint {EXTERNAL!r} belongs to vectors that are written with documents")
    encoder = _encoder(connection, fingerprint, array.shape[1])
    given = {bytes.fromhex(name): vector for name, vector in zip(hashes, array, strict=True)}
    keys = _insert_missing(connection, encoder, given)
    return connection.execute(_PAIR, {"of": encoder, "keys": json_list(keys)}).rowcount


def write_external(connection: Connection, given: Sequence[tuple[int, Sequence[float]]]) -> None:
    """Give passages the direction of the vectors that came with them; a zero vector has none and is left out."""
    directed = [(passage, unit) for passage, vector in given if (unit := _direction(vector)) is not None]
    if not directed:
        return
    for dimension in {unit.shape[0] for _, unit in directed}:
        encoder = _encoder(connection, EXTERNAL, dimension)
    by_hash = {hashlib.sha256(unit.tobytes()).digest(): unit for _, unit in directed}
    _insert_missing(connection, encoder, by_hash)
    keys = _known(connection, encoder, list(by_hash))
    pairs = [
        {"encoder": encoder, "passage": passage, "vector": keys[hashlib.sha256(unit.tobytes()).digest()]}
        for passage, unit in directed
    ]
    connection.execute(insert(embedded), pairs)


def missing_texts(
    connection: Connection, fingerprint: str, *, after: int, limit: int
) -> tuple[list[tuple[str, str]], int]:
    """Return up to `limit` distinct (text hash, embedding text) of visible passages without a vector.

    The search begins above the passage key `after`; the key below the first passage found comes back too, so that
    the next call need not look again at what is embedded.
    """
    wanted: dict[bytes, int] = {}
    first: int | None = None
    while len(wanted) < limit:
        rows = connection.execute(_WITHOUT_VECTOR, {"of": fingerprint, "after": after, "limit": limit}).all()
        for row in rows:
            first = row.key if first is None else first
            if len(wanted) < limit:
                wanted.setdefault(row.text_hash, row.key)
            after = row.key
        if len(rows) < limit:
            break
    return _embedding_texts(connection, list(wanted.values())), after if first is None else first - 1


_WITHOUT_VECTOR = (
    select(passages.c.key, passages.c.text_hash)
    .where(
        passages.c.key > bindparam("after"),
        passages.c.removed.is_(None),
        ~exists()
        .where(embedded.c.passage == passages.c.key)
        .where(
            embedded.c.encoder
            == select(encoders.c.key).where(encoders.c.fingerprint == bindparam("of")).scalar_subquery()
        ),
    )
    .order_by(passages.c.key)
    .limit(bindparam("limit"))
)


def _embedding_texts(connection: Connection, keys: Sequence[int]) -> list[tuple[str, str]]:
    query = (
        select(passages.c.key, passages.c.text_hash, passages.c.headings, versions.c.title)
        .join(versions, versions.c.key == passages.c.version)
        .where(passages.c.key.in_(one_of("keys")))
        .order_by(passages.c.key)
    )
    rows = connection.execute(query, {"keys": json_list(keys)}).all()
    texts = passage_texts(connection, keys)
    return [
        (row.text_hash.hex(), embedding_text(row.title, tuple(json.loads(row.headings)), texts.get(row.key, "")))
        for row in rows
    ]


def coverage(connection: Connection, revision: int) -> list[Coverage]:
    """Return the coverage of every encoder at a revision."""
    total = count_visible(connection, revision)
    rows = select(func.count()).where(embedded.c.encoder == encoders.c.key).scalar_subquery()
    has_vector = (
        exists()
        .where(embedded.c.passage == passages.c.key, embedded.c.encoder == encoders.c.key)
        .correlate(passages, encoders)
    )
    hidden = select(func.count()).select_from(passages).where(hidden_at(revision), has_vector)
    covered = select(encoders.c.fingerprint, rows - hidden.scalar_subquery()).order_by(encoders.c.fingerprint)
    return [Coverage(fingerprint, count, total) for fingerprint, count in connection.execute(covered)]


def encoder_row(connection: Connection, fingerprint: str) -> Any:
    """Return the row of an encoder; None if it has never written a vector here."""
    return connection.execute(select(encoders).where(encoders.c.fingerprint == fingerprint)).one_or_none()


def _encoder(connection: Connection, fingerprint: str, dimension: int) -> int:
    row = encoder_row(connection, fingerprint)
    if row is None:
        values = {"fingerprint": fingerprint, "dimension": dimension}
        return int(connection.execute(insert(encoders).values(**values).returning(encoders.c.key)).scalar_one())
    if row.dimension != dimension:
        raise FingerprintMismatchError(
            f"vectors of {fingerprint!r} have {row.dimension} dimensions here, not {dimension}; "
            "delete the documents with other vectors first"
        )
    return int(row.key)


def _insert_missing(connection: Connection, encoder: int, given: Mapping[bytes, Vectors]) -> list[int]:
    """Store the vectors that are not there yet, and return the keys of all."""
    known = _known(connection, encoder, list(given))
    key = next_key(connection, vectors.c.key)
    rows: list[dict[str, Any]] = []
    for name, vector in given.items():
        if name not in known:
            known[name] = key + len(rows)
            rows.append({"key": known[name], "encoder": encoder, "hash": name, "vector": vector.tobytes()})
    if rows:
        connection.execute(insert(vectors), rows)
    return list(known.values())


def _known(connection: Connection, encoder: int, names: Sequence[bytes]) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    for begin in range(0, len(names), _IN_LIST):
        part = names[begin : begin + _IN_LIST]
        query = select(vectors.c.hash, vectors.c.key).where(vectors.c.encoder == encoder, vectors.c.hash.in_(part))
        found.update((row.hash, row.key) for row in connection.execute(query))
    return found


def _direction(vector: Sequence[float]) -> Vectors | None:
    wide = np.asarray(vector, dtype=np.float64)
    norm = float(np.linalg.norm(wide))
    if not np.isfinite(norm):
        raise ValueError("an embedding holds a number that is not finite")
    return None if norm == 0.0 else (wide / norm).astype(np.float32)


_PAIR = insert(embedded).from_select(
    ["encoder", "passage", "vector"],
    select(vectors.c.encoder, passages.c.key, vectors.c.key)
    .join_from(vectors, passages, passages.c.text_hash == vectors.c.hash)
    .where(
        vectors.c.key.in_(one_of("keys")),
        passages.c.removed.is_(None),
        ~exists().where(embedded.c.passage == passages.c.key, embedded.c.encoder == bindparam("of")),
    )
    .order_by(passages.c.key),
)
