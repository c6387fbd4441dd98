"""Writing Haystack documents: each becomes its own source, version and passage, and comes back as it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from carrel._haystack import Document, DuplicatePolicy
from carrel.stores.embedded.batch import Batch
from carrel.stores.embedded.database import json_list, one_of
from carrel.stores.embedded.documents import document_columns
from carrel.stores.embedded.metadata import effective_meta, encode_meta
from carrel.stores.embedded.schema import documents as document_table
from carrel.stores.embedded.schema import passages, sources
from carrel.stores.embedded.source_writer import Known, SourceWriter, known_sources
from carrel.stores.embedded.texts import check_text, passage_texts
from carrel.stores.errors import DuplicateError
from carrel.types import PROVENANCE_KEY, CanonicalText, SourceInfo, SourceVersion, Span, source_id, text_hash


def check_documents(documents: Any) -> None:
    """Refuse what is no list of documents.

    Raises:
        ValueError: as Haystack's stores do.
        InvalidTextError: a content or id holds NUL or a lone surrogate.
    """
    if not isinstance(documents, list) or not all(isinstance(document, Document) for document in documents):
        raise ValueError("write_documents takes a list of haystack Documents")
    for document in documents:
        check_text(document.id, of="a document id")
        check_text(document.content or "", of=f"document {document.id}")
        check_text(str(document.meta.get("title", "")), of=f"the title of document {document.id}")


class DocumentWriter:
    """Adds documents to a batch."""

    def __init__(self, batch: Batch, collection: str) -> None:
        self._batch = batch
        self._collection = collection
        self._sources = SourceWriter(batch, collection)

    def write(self, documents: Sequence[Document], policy: DuplicatePolicy) -> int:
        """Write documents under Haystack's policies (NONE is FAIL) and return how many were written.

        Raises:
            DuplicateError: an id exists or occurs twice, under FAIL; nothing is written then.
        """
        ids = [document.id for document in documents]
        present = _present(self._batch.connection, ids)
        chosen = _choose(documents, set(present), policy)
        foreign = [document for document in chosen if document.id in present and not present[document.id].written]
        own = [document for document in chosen if document.id not in present or present[document.id].written]
        self._update_passages(foreign, present)
        self._write_own(own)
        return len(chosen)

    def _write_own(self, documents: Sequence[Document]) -> None:
        identities = {document.id: source_id(self._collection, document.id) for document in documents}
        known = known_sources(self._batch.connection, list(identities.values()))
        before = _rows_before(self._batch.connection, known)
        for document in documents:
            identity = identities[document.id]
            entry = known.get(identity)
            self._refuse_taken(document, entry)
            self._write_one(document, identity, entry, before)

    def _write_one(self, document: Document, identity: str, known: Known | None, before: dict[int, Any]) -> None:
        row = document_columns(document)
        if known is not None and _embedding_changed(known, before, row):
            self._batch.remove_passages([passage.key for passage in known.passages.values()])
            known.passages.clear()
        [key] = self._sources.write_one(identity, _as_source(document), known, document_id=document.id).values()
        if key in before:
            self._batch.connection.execute(delete(document_table).where(document_table.c.passage == key))
            self._batch.set_own_meta(key, None)
        elif document.embedding is not None:
            self._batch.add_external_vector(key, document.embedding)
        self._batch.add_document({"passage": key, **row})

    def _refuse_taken(self, document: Document, known: Known | None) -> None:
        if known is not None and any(not passage.written for passage in known.passages.values()):
            raise DuplicateError(
                f"the document id {document.id!r} is the name of an indexed source; give the document another id"
            )

    def _update_passages(self, documents: Sequence[Document], present: dict[str, Any]) -> None:
        """Take new metadata for passages of indexed sources; their text belongs to the source."""
        contents = passage_texts(self._batch.connection, [present[document.id].key for document in documents])
        for document in documents:
            row = present[document.id]
            if document.content != contents.get(row.key, ""):
                raise DuplicateError(
                    f"the passage {document.id} belongs to the source {row.uri!r}; index the source to change its text"
                )
            own = _own_meta(document, json.loads(row.meta))
            self._batch.set_own_meta(row.key, encode_meta(own, f"document {document.id}") if own else None)
            self._batch.set_fields({row.key: effective_meta(json.loads(row.meta), own)})


def _present(connection: Connection, ids: Sequence[str]) -> dict[str, Any]:
    query = (
        select(passages.c.key, passages.c.id, passages.c.written, sources.c.uri, sources.c.meta)
        .join(sources, sources.c.key == passages.c.source)
        .where(passages.c.id.in_(one_of("ids")), passages.c.removed.is_(None))
    )
    return {row.id: row for row in connection.execute(query, {"ids": json_list(ids)})}


def _choose(documents: Sequence[Document], present: set[str], policy: DuplicatePolicy) -> list[Document]:
    """Return the documents that a policy writes, one for each id."""
    chosen: dict[str, Document] = {}
    for document in documents:
        duplicate = document.id in chosen or document.id in present
        if duplicate and policy in {DuplicatePolicy.NONE, DuplicatePolicy.FAIL}:
            where = "twice in this call" if document.id in chosen else "in the collection already"
            raise DuplicateError(f"document {document.id!r} is {where}; nothing was written")
        if not duplicate or policy is DuplicatePolicy.OVERWRITE:
            chosen[document.id] = document
    return list(chosen.values())


def _as_source(document: Document) -> SourceVersion:
    content = document.content or ""
    title = document.meta.get("title")
    return SourceVersion(
        source=SourceInfo(uri=document.id, content_hash=text_hash(content), meta=document.meta),
        text=CanonicalText(text=content, title=title if isinstance(title, str) else ""),
        spans=(Span(0, len(content)),),
    )


def _rows_before(connection: Connection, known: dict[str, Known]) -> dict[int, Any]:
    keys = [passage.key for entry in known.values() for passage in entry.passages.values()]
    query = select(document_table).where(document_table.c.passage.in_(one_of("keys")))
    return {row.passage: row for row in connection.execute(query, {"keys": json_list(keys)})}


def _embedding_changed(known: Known, before: dict[int, Any], row: dict[str, Any]) -> bool:
    """Say whether a passage has to be replaced: its vector would change, and an index knows vectors by passage."""
    return any(
        before[passage.key].embedding != row["embedding"]
        for passage in known.passages.values()
        if passage.key in before
    )


def _own_meta(document: Document, source_meta: dict[str, Any]) -> dict[str, Any]:
    given = {key: value for key, value in document.meta.items() if key != PROVENANCE_KEY}
    own = {key: value for key, value in given.items() if source_meta.get(key) != value or key not in source_meta}
    return {**own, **{key: None for key in source_meta if key not in given}}
