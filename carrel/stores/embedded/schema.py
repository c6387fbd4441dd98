"""The tables of a collection's database: the truth that every index file is derived from.

A row of `passages` is visible at revision R when `added <= R` and (`removed` is null or `removed > R`). Keys of
passages are never used twice, because tantivy and FAISS know passages by them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import UserDefinedType

HEAD = "0002"
"""The newest migration; a database that stands there is opened without importing Alembic."""

CONFIRMING = "text index"
"""The stage of a source that is in the database and was not yet counted in the text index."""


class AnyValue(UserDefinedType[Any]):
    """A column that keeps integers, reals and texts as they are (SQLite's affinity BLOB converts nothing)."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "BLOB"


metadata = MetaData()

collection = Table(
    "collection",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("language", String),
    Column("revision", Integer, nullable=False),
    Column("purges", Integer, nullable=False),
)

revisions = Table(
    "revisions",
    metadata,
    Column("revision", Integer, primary_key=True),
    Column("written", Float, nullable=False),
)
"""When each revision was written: purging spares what a reader may still hold."""

leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("token", Integer, nullable=False),
    Column("holder", String),
    Column("host", String),
    Column("pid_space", String),
    Column("pid", Integer),
    Column("since", Float),
    Column("expires", Float),
)

sources = Table(
    "sources",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("uri", String, nullable=False, unique=True),
    Column("root", String),
    Column("content_hash", String),
    Column("media_type", String),
    Column("size", Integer),
    Column("modified", Float),
    Column("title", String, nullable=False),
    Column("version", Integer),
    Column("state", String, nullable=False),
    Column("stage", String),
    Column("error", String),
    Column("reason", String),
    Column("attempts", Integer, nullable=False),
    Column("updated", Float, nullable=False),
    Column("passages", Integer, nullable=False),
    Column("meta", Text, nullable=False),
    Column("deleted", Integer),
    Column("made_with", String),
    Column("written", Integer),
    Index("sources_by_root", "root", "uri"),
    Index("sources_by_state", "state", "uri"),
)
"""`version` is the key of the current version; `deleted` the revision at which the source left the ledger; `written`
the one at which its passages were last written; `made_with` names the converter and the settings that made them."""

versions = Table(
    "versions",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("source", Integer, ForeignKey("sources.key"), nullable=False),
    Column("hash", String, nullable=False),
    Column("text", Integer, nullable=False),
    Column("title", String, nullable=False),
    Column("page_starts", Text, nullable=False),
    Column("headings", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kept", Integer, nullable=False, server_default="0"),
    Index("versions_by_source", "source", "hash"),
    Index("versions_by_text", "text"),
)
"""`text` groups rows of `texts`: the same text under a new title is stored once. `kept` outlives purging."""

texts = Table(
    "texts",
    metadata,
    Column("text", Integer, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("content", Text, nullable=False),
)
"""Canonical texts, cut into chunks of `texts.CHUNK` characters, so that a passage costs only what it covers."""

passages = Table(
    "passages",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", String, nullable=False),
    Column("source", Integer, ForeignKey("sources.key"), nullable=False),
    Column("version", Integer, ForeignKey("versions.key"), nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("page", Integer),
    Column("headings", Text, nullable=False),
    Column("text_hash", LargeBinary, nullable=False),
    Column("own_meta", Text),
    Column("written", Integer, nullable=False, server_default="0"),
    Column("added", Integer, nullable=False),
    Column("removed", Integer),
    Index("passages_by_source", "source"),
    Index("passages_by_version", "version"),
    Index("passages_by_text", "text_hash"),
    Index("passages_by_added", "added"),
    sqlite_autoincrement=True,
)
"""`own_meta` holds what was set on the passage itself, over the metadata of its source; null there removes a field.
`written` is 1 for a document that a caller wrote: it has a row in `documents` and is handed back as it came."""

Index("passages_by_id", passages.c.id, unique=True, sqlite_where=passages.c.removed.is_(None))
Index("passages_by_removed", passages.c.removed, sqlite_where=passages.c.removed.is_not(None))

documents = Table(
    "documents",
    metadata,
    Column("passage", Integer, ForeignKey("passages.key", ondelete="CASCADE"), primary_key=True),
    Column("without_content", Integer, nullable=False),
    Column("score", Float),
    Column("embedding", LargeBinary),
    Column("embedding_type", String),
    Column("sparse_embedding", Text),
    Column("blob", LargeBinary),
    Column("blob_info", Text),
)
"""What a document has that was written by a caller, beyond what a passage has."""

fields = Table(
    "fields",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
)

field_values = Table(
    "field_values",
    metadata,
    Column("passage", Integer, ForeignKey("passages.key", ondelete="CASCADE"), primary_key=True),
    Column("field", Integer, ForeignKey("fields.key"), primary_key=True),
    Column("kind", String, nullable=False),
    Column("value", AnyValue, nullable=False),
    Column("wall", Integer),
    Column("utc", Integer),
    Index("field_values_by_value", "field", "value"),
    sqlite_with_rowid=False,
)
"""The effective metadata of passages, flattened for filters: see `field_values.py` for the columns."""

Index("field_values_by_wall", field_values.c.field, field_values.c.wall, sqlite_where=field_values.c.wall.is_not(None))

encoders = Table(
    "encoders",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("fingerprint", String, nullable=False, unique=True),
    Column("dimension", Integer, nullable=False),
    sqlite_autoincrement=True,
)

vectors = Table(
    "vectors",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("encoder", Integer, ForeignKey("encoders.key"), nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Index("vectors_by_hash", "encoder", "hash", unique=True),
)

embedded = Table(
    "embedded",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("encoder", Integer, ForeignKey("encoders.key"), nullable=False),
    Column("passage", Integer, ForeignKey("passages.key", ondelete="CASCADE"), nullable=False),
    Column("vector", Integer, ForeignKey("vectors.key"), nullable=False),
    Index("embedded_by_encoder", "encoder", "sequence"),
    Index("embedded_by_passage", "passage", "encoder", unique=True),
    Index("embedded_by_vector", "vector"),
    sqlite_autoincrement=True,
)
"""The log of which passage got which vector, in order: vector indexes read on from the last sequence they hold."""


def visible_at(revision: int) -> ColumnElement[bool]:
    """Return the condition that a row of `passages` is visible at `revision`."""
    return (passages.c.added <= revision) & (passages.c.removed.is_(None) | (passages.c.removed > revision))
