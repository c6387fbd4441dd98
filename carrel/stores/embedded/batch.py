"""One revision in the making: the rows that a write adds and removes, in one transaction."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, literal, select, text, update

from carrel.stores.embedded.database import json_list, next_key, one_of
from carrel.stores.embedded.field_values import FieldWriter
from carrel.stores.embedded.metadata import decode_own, effective_meta
from carrel.stores.embedded.schema import (
    collection,
    documents,
    embedded,
    encoders,
    passages,
    revisions,
    sources,
    texts,
    vectors,
    versions,
)
from carrel.stores.embedded.text_index import TextChanges, TextEntry
from carrel.stores.embedded.texts import chunk_rows
from carrel.stores.embedded.vector_rows import EXTERNAL, write_external
from carrel.types import CanonicalText, embedding_parts, embedding_text, text_hash


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage to be added; `meta` is its effective metadata."""

    id: str
    source: int
    version: int
    start: int
    end: int
    title: str
    text: str
    meta: Mapping[str, Any]
    page: int | None = None
    headings: tuple[str, ...] = ()
    written: bool = False


class Batch:
    """Collects the rows of one revision and writes them with `flush`; keys are handed out as rows are added."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.revision = int(connection.execute(select(collection.c.revision)).scalar_one()) + 1
        self.changed = False
        self.written: list[int] = []
        self._next_source = next_key(connection, sources.c.key)
        self._next_version = next_key(connection, versions.c.key)
        self._next_passage = _next_passage(connection)
        self._rows: dict[Table, list[dict[str, Any]]] = {
            table: [] for table in (sources, versions, texts, passages, documents)
        }
        self._updated_sources: dict[int, dict[str, Any]] = {}
        self._current_versions: list[dict[str, int]] = []
        self._external: list[tuple[int, Sequence[float]]] = []
        self._own_meta: list[dict[str, Any]] = []
        self._removed: list[int] = []
        self._entries: list[TextEntry] = []
        self._fields = FieldWriter(connection)

    def add_source(self, values: Mapping[str, Any]) -> int:
        key, self._next_source = self._next_source, self._next_source + 1
        self._rows[sources].append({"key": key, "updated": time.time(), **values})
        return key

    def update_source(self, key: int, values: Mapping[str, Any]) -> None:
        """Change a source that was there before this batch."""
        self._updated_sources.setdefault(key, {}).update({"updated": time.time(), **values})

    def mark_written(self, source: int) -> None:
        """Note that a source was written, so that its passages can be counted once they are searchable."""
        self.written.append(source)

    def add_version(self, source: int, canonical: CanonicalText, *, text: int | None) -> int:
        """Add a version; `text` is the key of an equal text that is stored already, or None."""
        key, self._next_version = self._next_version, self._next_version + 1
        self._rows[versions].append(
            {
                "key": key,
                "source": source,
                "hash": canonical.hash,
                "text": key if text is None else text,
                "title": canonical.title,
                "revision": self.revision,
                **layout_columns(canonical),
            }
        )
        if text is None:
            self._rows[texts].extend(chunk_rows(key, canonical.text))
        return key

    def set_version(self, source: int, version: int) -> None:
        """Make a version the current one of its source, of this batch or from before."""
        self._current_versions.append({"of": source, "current": version})

    def add_passage(self, passage: NewPassage) -> int:
        key, self._next_passage = self._next_passage, self._next_passage + 1
        self._rows[passages].append(
            {
                "key": key,
                "id": passage.id,
                "source": passage.source,
                "version": passage.version,
                "start": passage.start,
                "end": passage.end,
                "page": passage.page,
                "headings": json.dumps(passage.headings, ensure_ascii=False),
                "text_hash": bytes.fromhex(text_hash(embedding_text(passage.title, passage.headings, passage.text))),
                "written": int(passage.written),
                "added": self.revision,
            }
        )
        self._entries.append(text_entry(key, passage.text, passage.title, passage.headings))
        self._fields.add(key, passage.meta)
        self.changed = True
        return key

    def add_document(self, values: Mapping[str, Any]) -> None:
        self._rows[documents].append(dict(values))

    def add_external_vector(self, passage: int, embedding: Sequence[float]) -> None:
        """Keep the direction of a vector that came with a document; one without a direction is not searchable."""
        self._external.append((passage, embedding))

    def set_own_meta(self, passage: int, own_meta: str | None) -> None:
        """Set what a passage that was there before has over the metadata of its source."""
        self._own_meta.append({"of": passage, "own": own_meta})
        self.changed = True

    def touch(self, rows: int) -> None:
        """Say that rows were changed beside this batch: if there were any, they make a revision."""
        self.changed = self.changed or rows > 0

    def remove_passages(self, keys: Sequence[int]) -> None:
        """Take passages out of what this revision shows; their rows stay until they are purged."""
        self._removed.extend(keys)
        self.changed = self.changed or bool(keys)

    def set_fields(self, changed: Mapping[int, Mapping[str, Any]]) -> None:
        """Put new effective metadata in the place of what these passages had."""
        self._fields.replace(changed)
        self.changed = self.changed or bool(changed)

    def refresh_fields(self, source: int, meta: Mapping[str, Any]) -> None:
        """Let the metadata of a source come through to the passages that it has."""
        rows = self.connection.execute(
            select(passages.c.key, passages.c.own_meta).where(passages.c.source == source, passages.c.removed.is_(None))
        )
        self.set_fields({row.key: effective_meta(meta, decode_own(row.own_meta)) for row in rows})

    @property
    def text_changes(self) -> TextChanges:
        return TextChanges(revision=self.revision, added=self._entries, removed=self._removed)

    def flush(self) -> None:
        """Write every row; the revision exists from the commit of the transaction on."""
        for table in (sources, versions, texts):
            self._insert(table)
        for key, values in self._updated_sources.items():
            self.connection.execute(update(sources).where(sources.c.key == key).values(**values))
        if self._current_versions:
            self.connection.execute(_SWITCH, self._current_versions)
        self._mark_removed()
        self._insert(passages)
        self._insert(documents)
        self._fields.flush()
        self._pair_known_vectors()
        write_external(self.connection, self._external)
        if self._own_meta:
            self.connection.execute(_SET_OWN_META, self._own_meta)
        self._stamp_written()
        if self.changed:
            self.connection.execute(insert(revisions).values(revision=self.revision, written=time.time()))
            self.connection.execute(update(collection).values(revision=self.revision))

    def _insert(self, table: Table) -> None:
        if self._rows[table]:
            self.connection.execute(insert(table), self._rows[table])

    def _mark_removed(self) -> None:
        if self._removed:
            self.connection.execute(_REMOVE, {"keys": json_list(self._removed), "revision": self.revision})

    def _stamp_written(self) -> None:
        if self.written:
            newest = self.revision if self.changed else self.revision - 1
            self.connection.execute(_STAMP, {"keys": json_list(self.written), "revision": newest})

    def _pair_known_vectors(self) -> None:
        """Give new passages the vectors that their texts have already."""
        if self._rows[passages]:
            self.connection.execute(_PAIR, {"revision": self.revision})


_SWITCH = update(sources).where(sources.c.key == bindparam("of")).values(version=bindparam("current"))
_STAMP = update(sources).where(sources.c.key.in_(one_of("keys"))).values(written=bindparam("revision"))
_SET_OWN_META = update(passages).where(passages.c.key == bindparam("of")).values(own_meta=bindparam("own"))
_REMOVE = update(passages).where(passages.c.key.in_(one_of("keys"))).values(removed=bindparam("revision"))
_PAIR = insert(embedded).from_select(
    ["encoder", "passage", "vector"],
    select(vectors.c.encoder, passages.c.key, vectors.c.key)
    .join_from(passages, encoders, literal(value=True))
    .join(vectors, (vectors.c.encoder == encoders.c.key) & (vectors.c.hash == passages.c.text_hash))
    .where(passages.c.added == bindparam("revision"), encoders.c.fingerprint != EXTERNAL)
    .order_by(passages.c.key),
)


def layout_columns(canonical: CanonicalText) -> dict[str, str]:
    """Return the pages and headings of a text as columns of `versions`."""
    headings = [[heading.start, heading.level, heading.text] for heading in canonical.headings]
    return {
        "page_starts": json.dumps(canonical.page_starts),
        "headings": json.dumps(headings, ensure_ascii=False),
    }


def text_entry(key: int, body: str, title: str, headings: Sequence[str]) -> TextEntry:
    """Return what the text index holds of a passage."""
    content = embedding_parts(title, tuple(headings), body)
    return TextEntry(key=key, content=content, title=title, headings="\n".join(headings))


def _next_passage(connection: Connection) -> int:
    """Return a key above every one that was ever used."""
    last = connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'passages'")).scalar()
    return int(last or 0) + 1
