"""Finding the paragraphs of labelled files in the sources of a collection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
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


def find_contexts(store: SearchedTexts, asked: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Place]:
    """Return the first place where each (paragraph, title) stands character by character, of those that stand anywhere.

    A paragraph is looked for in the sources of that title, then in those that a search finds, and what is left then in
    one pass over all sources.
    """
    wanted = dict.fromkeys(asked)
    if not wanted:
        return {}
    names = _names(store)
    text = lru_cache(maxsize=256)(store.version_text)
    places: dict[tuple[str, str], Place] = {}
    missing: dict[str, list[str]] = {}
    for context, title in wanted:
        likely = chain(names.get(_plain(title), ()), _searched(store, context))
        place = next((found for source in likely if (found := _place(source, text(source), context))), None)
        if place is not None:
            places[context, title] = place
        else:
            missing.setdefault(context, []).append(title)
    for source in dict.fromkeys(source for sources in names.values() for source in sources):
        if not missing:
            break
        version = store.version_text(source)
        for context in [context for context in missing if context in version.text]:
            place = Place(source, version.hash, version.text.index(context))
            places |= {(context, title): place for title in missing.pop(context)}
    return places


def _place(source: str, version: CanonicalText, context: str) -> Place | None:
    offset = version.text.find(context)
    return Place(source, version.hash, offset) if offset >= 0 else None


def _searched(store: SearchedTexts, context: str) -> Iterator[str]:
    words = " ".join(context.split()[:_WORDS])
    if words:
        yield from dict.fromkeys(provenance(found).source for found in store.bm25_search(words, top_k=_CANDIDATES))


def _names(store: SearchedTexts) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for record in store.sources():
        if record.version is not None:
            for name in {_plain(record.title), _plain(PurePosixPath(record.uri).stem)}:
                names.setdefault(name, []).append(record.uri)
    return names


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())
