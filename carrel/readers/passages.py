"""The documents that a reader was given, as passages with a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carrel._haystack import Document
from carrel.errors import StoreError
from carrel.types import Provenance, text_hash


@dataclass(frozen=True, slots=True)
class Passage:
    """A document with text, its place in the retriever's order (from 0) and in its source's version."""

    rank: int
    document: Document
    text: str
    provenance: Provenance


def passages_of(documents: Sequence[Document]) -> list[Passage]:
    """Return the documents that have text, each once, in order; a document from elsewhere is its own source.

    Raises:
        StoreError: a document is not as long as the span that it says it is.
    """
    unique = {
        document.id: document for document in reversed(documents) if document.content and document.content.strip()
    }
    ordered = [document for document in documents if unique.pop(document.id, None) is not None]
    return [_passage(rank, document) for rank, document in enumerate(ordered)]


def _passage(rank: int, document: Document) -> Passage:
    text = document.content or ""
    provenance = Provenance.from_meta(document.meta) or _own_source(document, text)
    if provenance.end - provenance.start != len(text):
        raise StoreError(
            f"The passage {document.id} of {provenance.source!r} has {len(text)} characters, but stands at "
            f"[{provenance.start}, {provenance.end}): offsets of answers in it would be wrong"
        )
    return Passage(rank, document, text, provenance)


def _own_source(document: Document, text: str) -> Provenance:
    title = document.meta.get("title")
    return Provenance(document.id, text_hash(text), 0, len(text), title if isinstance(title, str) else document.id)
