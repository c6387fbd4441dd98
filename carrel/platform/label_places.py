"""Finding the paragraphs of labelled files in the sources of a collection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Protocol

from carrel._haystack import Document
from carrel.retrievers.selection import provenance
from carrel.types import CanonicalText, SourceRecord, SourceState

_WORDS = 40
_CANDIDATES = 20


class SearchedTexts(Protocol):
    """The part of a store that finds texts and gives them back."""

    def version_text(self, uri: str, version: str | None = None) -> CanonicalText: ...

    def bm25_search(self, query: str, *, top_k: int = 10) -> list[Document]: ...

    def sources(self, *, root: str | None = None, state: SourceState | None = None) -> Iterator[SourceRecord]: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a paragraph begins: the offset in a version of a source."""

    source: str
    version: str
    offset: int


class ContextFinder:
    """Finds paragraphs: in the sources of the same name first, then in those that a search finds, then in all."""

    def __init__(self, store: SearchedTexts) -> None:
        self._store = store
        self._text = lru_cache(maxsize=256)(store.version_text)
        self._by_name: dict[str, list[str]] | None = None
        self.find = lru_cache(maxsize=100_000)(self._find)

    def _find(self, context: str, title: str) -> Place | None:
        """Return the first place where the paragraph stands character by character; None where it does not."""
        seen: set[str] = set()
        for source in self._likely(context, title):
            if source in seen:
                continue
            seen.add(source)
            version = self._text(source)
            offset = version.text.find(context)
            if offset >= 0:
                return Place(source, version.hash, offset)
        return None

    def _likely(self, context: str, title: str) -> Iterator[str]:
        names = self._names()
        yield from names.get(_plain(title), ())
        words = " ".join(context.split()[:_WORDS])
        if words:
            yield from (provenance(d).source for d in self._store.bm25_search(words, top_k=_CANDIDATES))
        for sources in names.values():
            yield from sources

    def _names(self) -> dict[str, list[str]]:
        if self._by_name is None:
            self._by_name = {}
            for record in self._store.sources():
                if record.version is not None:
                    for name in {_plain(record.title), _plain(PurePosixPath(record.uri).stem)}:
                        self._by_name.setdefault(name, []).append(record.uri)
        return self._by_name


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())
