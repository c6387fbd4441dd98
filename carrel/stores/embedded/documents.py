"""Passages as Haystack documents: the way out of the store."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from carrel._haystack import ByteStream, Document, SparseEmbedding
from carrel.stores.embedded.database import json_list, one_of
from carrel.stores.embedded.metadata import decode_own, effective_meta
from carrel.stores.embedded.schema import documents, passages, sources, versions
from carrel.stores.embedded.texts import passage_texts
from carrel.types import PROVENANCE_KEY, Provenance, RankedPassage

_PASSAGES = (
    select(
        passages.c.key,
        passages.c.id,
        passages.c.start,
        passages.c.end,
        passages.c.page,
        passages.c.headings,
        passages.c.own_meta,
        passages.c.written,
        versions.c.hash,
        versions.c.title,
        sources.c.uri,
        sources.c.meta,
    )
    .join(versions, versions.c.key == passages.c.version)
    .join(sources, sources.c.key == passages.c.source)
    .where(passages.c.key.in_(one_of("keys")))
)
_NAMES = (
    select(passages.c.key, passages.c.id, sources.c.uri)
    .join(sources, sources.c.key == passages.c.source)
    .where(passages.c.key.in_(one_of("keys")))
)
_WRITTEN = select(documents).where(documents.c.passage.in_(one_of("keys")))


def read_documents(connection: Connection, keys: Sequence[int]) -> dict[int, Document]:
    """Return the passages with these keys; a document that a caller wrote is equal to what was written."""
    rows, texts = _read(connection, keys)
    written = _written(connection, [row.key for row in rows if row.written])
    return {
        row.key: _as_written(row, texts.get(row.key, ""), written[row.key])
        if row.written
        else _passage(row, texts.get(row.key, ""))
        for row in rows
    }


def read_hits(connection: Connection, ranked: Mapping[int, RankedPassage]) -> list[Document]:
    """Return these passages with complete provenance, in this order."""
    rows, texts = _read(connection, list(ranked))
    by_key = {row.key: row for row in rows}
    return [_hit(by_key[key], texts.get(key, ""), passage) for key, passage in ranked.items()]


def passage_names(connection: Connection, keys: Sequence[int]) -> dict[int, Any]:
    """Return the id of each passage, and the URI of its source, as `id` and `uri`."""
    return {row.key: row for row in connection.execute(_NAMES, {"keys": json_list(keys)})}


def document_columns(document: Document) -> dict[str, Any]:
    """Return the row of `documents` that keeps what a passage does not."""
    embedding = None if document.embedding is None else exact_array(document.embedding)
    blob = document.blob
    sparse = document.sparse_embedding
    return {
        "without_content": int(document.content is None),
        "score": document.score,
        "embedding": None if embedding is None else embedding.tobytes(),
        "embedding_type": None if embedding is None else embedding.dtype.str,
        "sparse_embedding": None if sparse is None else json.dumps(sparse.to_dict()),
        "blob": None if blob is None else blob.data,
        "blob_info": None if blob is None else json.dumps({"meta": blob.meta, "mime_type": blob.mime_type}),
    }


def exact_array(embedding: Sequence[float]) -> np.ndarray[Any, Any]:
    """Return an embedding as float32 where that keeps every number, as float64 otherwise."""
    wide = np.asarray(embedding, dtype="<f8")
    with np.errstate(over="ignore"):
        narrow = wide.astype("<f4")
    return narrow if np.array_equal(narrow, wide, equal_nan=True) else wide


def _read(connection: Connection, keys: Sequence[int]) -> tuple[list[Any], dict[int, str]]:
    rows = list(connection.execute(_PASSAGES, {"keys": json_list(keys)}))
    return rows, passage_texts(connection, keys)


def _written(connection: Connection, keys: Sequence[int]) -> dict[int, Any]:
    if not keys:
        return {}
    return {row.passage: row for row in connection.execute(_WRITTEN, {"keys": json_list(keys)})}


def _passage(row: Any, text: str) -> Document:
    return Document(id=row.id, content=text, meta=_meta(row, {}, {}))


def _hit(row: Any, text: str, passage: RankedPassage) -> Document:
    return Document(id=row.id, content=text, meta=_meta(row, passage.scores, passage.ranks), score=passage.score)


def _meta(row: Any, scores: Mapping[str, float], ranks: Mapping[str, int]) -> dict[str, Any]:
    provenance = Provenance(
        source=row.uri,
        version=row.hash,
        start=row.start,
        end=row.end,
        title=row.title,
        page=row.page,
        headings=tuple(json.loads(row.headings)),
        scores=scores,
        ranks=ranks,
    )
    meta = effective_meta(json.loads(row.meta), decode_own(row.own_meta))
    return {**meta, PROVENANCE_KEY: provenance.to_meta()}


def _as_written(row: Any, text: str, written: Any) -> Document:
    sparse = written.sparse_embedding
    return Document(
        id=row.id,
        content=None if written.without_content else text,
        meta=effective_meta(json.loads(row.meta), decode_own(row.own_meta)),
        score=written.score,
        embedding=None if written.embedding is None else _floats(written),
        sparse_embedding=None if sparse is None else SparseEmbedding.from_dict(json.loads(sparse)),
        blob=None if written.blob is None else ByteStream(data=written.blob, **json.loads(written.blob_info)),
    )


def _floats(written: Any) -> list[float]:
    array: list[float] = np.frombuffer(written.embedding, dtype=written.embedding_type).tolist()
    return array
