"""What the tests of a store write and search: sources, vectors, odd texts."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from carrel._haystack import Document
from carrel.stores.contract import PassageStore, Vectors
from carrel.types import (
    CanonicalText,
    Heading,
    Provenance,
    SourceInfo,
    SourceVersion,
    Span,
)

Reopen = Callable[[PassageStore], PassageStore]

FINGERPRINT = "test-encoder"
ODD_TEXTS = (
    "naïve café",
    "e\N{COMBINING ACUTE ACCENT}tude",
    "\N{GRINNING FACE} \N{FAMILY} emoji",
    "שלום עולם",
    "日本語のテキスト",
    "a\u200bb\u2028c\r\nd\te\ufeff",
    "\U0001d518\U0001d52b\U0001d526",
)


def source(
    uri: str,
    text: str,
    *,
    spans: Sequence[tuple[int, int]] | None = None,
    title: str = "",
    page_starts: tuple[int, ...] = (),
    headings: tuple[Heading, ...] = (),
    **meta: Any,
) -> SourceVersion:
    """Return a source with one passage, or with these spans."""
    cut = tuple(Span(*span) for span in spans) if spans is not None else (Span(0, len(text)),)
    return SourceVersion(
        source=SourceInfo(
            uri=uri, content_hash=str(zlib.crc32(text.encode("utf-8", "surrogatepass"))), root="root", meta=meta
        ),
        text=CanonicalText(text=text, title=title, page_starts=page_starts, headings=headings),
        spans=cut,
    )


def unit_vectors(rows: int, dimension: int = 8, *, seed: int = 0) -> Vectors:
    """Return random unit vectors."""
    drawn = np.random.default_rng(seed).normal(size=(rows, dimension))
    return np.ascontiguousarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def embed_all(store: PassageStore, fingerprint: str = FINGERPRINT, *, seed: int = 0) -> dict[str, Vectors]:
    """Give every passage a random vector and return them by embedding text."""
    missing = store.missing_vectors(fingerprint)
    vectors = unit_vectors(len(missing), seed=seed)
    store.write_vectors(fingerprint, [name for name, _ in missing], vectors)
    return {text: vector for (_, text), vector in zip(missing, vectors, strict=True)}


def provenance(document: Document) -> Provenance:
    """Return where a document that a search found stands."""
    block = Provenance.from_meta(document.meta)
    assert block is not None
    return block


def uris(documents: Sequence[Document]) -> list[str]:
    """Return the sources of found documents, in order."""
    return [provenance(document).source for document in documents]
