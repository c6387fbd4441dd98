"""The embedded store: a folder with a SQLite database, a tantivy index and FAISS files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from carrel._haystack import Document, DuplicatePolicy, default_from_dict, default_to_dict
from carrel.stores.contract import Coverage, Filters, Lease, Vectors
from carrel.stores.embedded.batch import Batch
from carrel.stores.embedded.collection import Collection
from carrel.stores.embedded.database import json_list, one_of
from carrel.stores.embedded.deletion import delete_passages, delete_sources
from carrel.stores.embedded.document_writer import DocumentWriter, check_documents
from carrel.stores.embedded.documents import read_documents
from carrel.stores.embedded.files import file_size, folder_size
from carrel.stores.embedded.haystack_methods import HaystackMethods
from carrel.stores.embedded.metadata_writer import set_metadata
from carrel.stores.embedded.schema import passages, visible_at
from carrel.stores.embedded.searching import SearchMethods
from carrel.stores.embedded.selection import count_visible, select_keys
from carrel.stores.embedded.source_writer import SourceWriter
from carrel.stores.embedded.text_index import FieldBoosts
from carrel.stores.embedded.vector_rows import check_unit, coverage, missing_texts, write_vectors
from carrel.stores.embedded.verification import Verification, verify
from carrel.types import CanonicalText, SourceInfo, SourceRecord, SourceState, SourceVersion

T = TypeVar("T")


class EmbeddedStore(SearchMethods, HaystackMethods):
    """A collection in a folder of this machine; opened when it is first used, created if it is not there.

    `language` fixes the analysis of texts when the collection is created ("english", ..., None for plain words);
    `boosts` says what a match in each field counts for in BM25.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        collection: str = "default",
        language: str | None = "english",
        boosts: FieldBoosts | None = None,
    ) -> None:
        self.path = Path(path)
        self.collection = collection
        self.language = language
        self.boosts = boosts or FieldBoosts()
        self._opening = threading.Lock()
        self._opened: Collection | None = None
        self._embedded_up_to: dict[str, int] = {}

    # Haystack's protocol

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(
            self,
            path=str(self.path),
            collection=self.collection,
            language=self.language,
            boosts=self.boosts.to_dict(),
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> EmbeddedStore:
        parameters = dict(data["init_parameters"])
        parameters["boosts"] = FieldBoosts(**parameters.get("boosts") or {})
        store: EmbeddedStore = default_from_dict(cls, {**data, "init_parameters": parameters})
        return store

    def count_documents(self) -> int:
        collection = self._open()
        with collection.snapshot() as snapshot:
            return collection.counts.passages(snapshot.connection, snapshot.revision)

    def filter_documents(self, filters: dict[str, Any] | None = None) -> list[Document]:
        return list(self.iterate(filters))

    def write_documents(
        self,
        documents: list[Document],
        policy: DuplicatePolicy = DuplicatePolicy.NONE,
        *,
        lease: Lease | None = None,
    ) -> int:
        check_documents(documents)
        return self._write(lambda batch: DocumentWriter(batch, self.collection).write(documents, policy), lease)

    def delete_documents(self, document_ids: list[str]) -> None:
        self._write(lambda batch: delete_passages(batch, ids=document_ids), None)

    # Reading

    def get(self, ids: Sequence[str]) -> list[Document]:
        with self._open().snapshot() as snapshot:
            query = select(passages.c.id, passages.c.key).where(
                passages.c.id.in_(one_of("ids")), visible_at(snapshot.revision)
            )
            keys = {row.id: row.key for row in snapshot.connection.execute(query, {"ids": json_list(ids)})}
            found = read_documents(snapshot.connection, list(keys.values()))
            return [found[keys[identity]] for identity in ids if identity in keys]

    def iterate(self, filters: Filters | None = None, *, page_size: int = 1000) -> Iterator[Document]:
        with self._open().snapshot() as snapshot:
            keys = select_keys(snapshot.connection, filters, snapshot.revision)
        for begin in range(0, len(keys), page_size):
            page = keys[begin : begin + page_size].tolist()
            with self._open().database.reading() as connection:
                found = read_documents(connection, page)
            yield from (found[key] for key in page if key in found)

    def count_by_filter(self, filters: Filters) -> int:
        with self._open().snapshot() as snapshot:
            allowed = snapshot.allowed(filters)
            return count_visible(snapshot.connection, snapshot.revision) if allowed is None else len(allowed)

    # Sources and versions

    def write_sources(self, batch: Sequence[SourceVersion], *, lease: Lease | None = None) -> None:
        self._write(lambda rows: SourceWriter(rows, self.collection).write(batch), lease)

    def announce_sources(self, given: Sequence[SourceInfo], *, lease: Lease | None = None) -> None:
        collection = self._open()
        with collection.turn(lease) as connection:
            collection.ledger.announce(connection, given)

    def set_source_state(
        self,
        source: SourceInfo,
        state: SourceState,
        *,
        stage: str | None = None,
        error: str | None = None,
        reason: str | None = None,
        lease: Lease | None = None,
    ) -> None:
        collection = self._open()
        with collection.turn(lease) as connection:
            collection.ledger.set_state(connection, source, state, stage=stage, error=error, reason=reason)

    def delete_sources(self, uris: Sequence[str], *, purge: bool = False, lease: Lease | None = None) -> int:
        found = self._write(lambda batch: delete_sources(batch, uris), lease)
        if purge:
            self._open().purge_sources(uris, lease)
        return len(found)

    def sources(self, *, root: str | None = None, state: SourceState | None = None) -> Iterator[SourceRecord]:
        return self._open().ledger.records(root=root, state=state)

    def source_page(
        self, *, after: str | None = None, limit: int = 50, state: SourceState | None = None, containing: str = ""
    ) -> list[SourceRecord]:
        """Return the first sources after the URI `after`, by URI, that have `containing` in their URI or title."""
        records = self._open().ledger.records(
            root=None, state=state, after=after, containing=containing, page_size=limit
        )
        return list(islice(records, limit))

    def source_counts(self) -> dict[str, int]:
        """Return how many sources there are in each state that occurs."""
        return self._open().ledger.counts()

    def roots(self) -> list[str]:
        """Return the folders and row files that sources were found under, sorted."""
        return self._open().ledger.roots()

    def source(self, uri: str) -> SourceRecord | None:
        return self._open().ledger.record(uri)

    def version_text(self, uri: str, version: str | None = None) -> CanonicalText:
        return self._open().ledger.version_text(uri, version)

    # Vectors

    def missing_vectors(self, fingerprint: str, *, limit: int = 1000) -> list[tuple[str, str]]:
        with self._open().database.reading() as connection:
            after = self._embedded_up_to.get(fingerprint, 0)
            missing, after = missing_texts(connection, fingerprint, after=after, limit=limit)
        self._embedded_up_to[fingerprint] = after
        return missing

    def write_vectors(
        self, fingerprint: str, hashes: Sequence[str], vectors: Vectors, *, lease: Lease | None = None
    ) -> None:
        checked = check_unit(vectors, rows=len(hashes))
        self._write(lambda batch: batch.touch(write_vectors(batch.connection, fingerprint, hashes, checked)), lease)

    def coverage(self) -> list[Coverage]:
        collection = self._open()
        with collection.snapshot() as snapshot:
            return collection.counts.coverage(snapshot.connection, snapshot.revision)

    # Life cycle

    @property
    def revision(self) -> int:
        return self._open().text.view().revision

    def lease(self, holder: str, *, seconds: float = 60.0, wait: float = 0.0) -> AbstractContextManager[Lease]:
        return self._open().lease(holder, seconds=seconds, wait=wait)

    def set_metadata(self, ids: Iterable[str], meta: Mapping[str, Any], *, lease: Lease | None = None) -> int:
        named = list(ids)
        return self._write(lambda batch: set_metadata(batch, meta, ids=named), lease) if named else 0

    def keep_version(self, uri: str, version: str) -> None:
        """Let a version outlive compaction, because a label, an answer or a run refers to it.

        Raises:
            UnknownSourceError: there is no such source or version.
        """
        collection = self._open()
        with collection.database.writing() as connection:
            collection.ledger.keep_version(connection, uri, version)

    def compact(
        self, *, grace: float = 3600.0, deleted_share: float = 0.2, lease: Lease | None = None
    ) -> dict[str, Any]:
        """Purge what was removed more than `grace` seconds ago; rewrite the text index if much of it is deleted.

        Versions that are kept stay. Returns the number of passages `purged` and whether the text index was
        `rewritten`, which lets BM25 forget deleted passages.
        """
        return self._open().compact(grace=grace, deleted_share=deleted_share, lease=lease)

    def build_indexes(self) -> None:
        """Bring the text index and the vector indexes of all encoders up to date now, not at the first search."""
        collection = self._open()
        with collection.snapshot() as snapshot:
            for entry in coverage(snapshot.connection, snapshot.revision):
                collection.vectors.index(snapshot.connection, entry.fingerprint, snapshot.revision)

    def verify(self, *, repair: bool = False, seed: int = 0) -> Verification:
        """Compare the database with its own checksums and the indexes with the database, all of them.

        `repair` builds indexes anew that do not fit; the database is never changed. `seed` chooses which vectors are
        searched for.
        """
        return verify(self, self._open, repair=repair, seed=seed)

    def statistics(self) -> dict[str, Any]:
        collection = self._open()
        return {
            "sql": sum(file_size(path) for path in collection.path.glob("store.db*")),
            "text": folder_size(collection.path / "text"),
            "vectors": folder_size(collection.path / "vectors"),
            "vector_index": collection.vectors.statistics(),
            "passages": self.count_documents(),
            "searchable": collection.text.view().searcher.num_docs,
            "sources": collection.ledger.counts(),
        }

    def close(self) -> None:
        with self._opening:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _open(self) -> Collection:
        opened = self._opened
        if opened is None or opened.was_replaced():
            with self._opening:
                opened = self._opened
                if opened is not None and opened.was_replaced():
                    opened.close()
                    self._embedded_up_to.clear()
                    opened = None
                self._opened = opened = opened or Collection(self.path, self.collection, self.language)
        return opened

    def _write(self, change: Callable[[Batch], T], lease: Lease | None) -> T:
        return self._open().write(change, lease)
