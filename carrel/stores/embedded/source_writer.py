"""Writing sources: what a new version adds, keeps and removes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from carrel.stores.embedded.batch import Batch, NewPassage, layout_columns
from carrel.stores.embedded.database import json_list, one_of
from carrel.stores.embedded.metadata import encode_meta
from carrel.stores.embedded.schema import CONFIRMING, passages, sources, versions
from carrel.stores.embedded.texts import check_text
from carrel.types import CanonicalText, Heading, SourceState, SourceVersion, Span, passage_id, source_id


@dataclass(slots=True)
class Known:
    """What the database holds of a source before a batch: its row, its versions, its visible passages by span."""

    row: Any
    versions: list[Any] = field(default_factory=list)
    passages: dict[Span, Any] = field(default_factory=dict)

    def version_like(self, canonical: CanonicalText) -> Any | None:
        """Return the current version if it is the same text with the same title, pages and headings."""
        layout = layout_columns(canonical)
        for version in self.versions:
            same = (version.hash, version.title) == (canonical.hash, canonical.title)
            if same and version.key == self.row.version and layout == _layout(version):
                return version
        return None

    def text_like(self, canonical: CanonicalText) -> int | None:
        """Return the key of an equal text that is stored for this source."""
        return next((version.text for version in self.versions if version.hash == canonical.hash), None)


def known_sources(connection: Connection, ids: Sequence[str]) -> dict[str, Known]:
    """Read what a batch of sources needs to know, in three queries."""
    by_id = {"ids": json_list(ids)}
    rows = connection.execute(select(sources).where(sources.c.id.in_(one_of("ids"))), by_id).all()
    known = {row.key: Known(row) for row in rows}
    by_key = {"keys": json_list(list(known))}
    if known:
        for version in connection.execute(select(versions).where(versions.c.source.in_(one_of("keys"))), by_key):
            known[version.source].versions.append(version)
        for row in connection.execute(_VISIBLE, by_key):
            known[row.source].passages[Span(row.start, row.end)] = row
    return {entry.row.id: entry for entry in known.values()}


_VISIBLE = select(
    passages.c.key, passages.c.id, passages.c.source, passages.c.start, passages.c.end, passages.c.written
).where(passages.c.source.in_(one_of("keys")), passages.c.removed.is_(None))


@dataclass(frozen=True, slots=True)
class Place:
    """Where new passages go: a source (by id and key), a version (by key), or the one document of a caller."""

    identity: str
    source: int
    version: int
    document_id: str | None


class SourceWriter:
    """Adds source versions to a batch."""

    def __init__(self, batch: Batch, collection: str) -> None:
        self._batch = batch
        self._collection = collection

    def write(self, items: Sequence[SourceVersion]) -> None:
        """Write these sources; of two items for one source the later counts."""
        by_id = {source_id(self._collection, item.source.uri): item for item in items}
        for item in by_id.values():
            check_source(item)
        known = known_sources(self._batch.connection, list(by_id))
        for identity, item in by_id.items():
            self.write_one(identity, item, known.get(identity))

    def write_one(
        self, identity: str, item: SourceVersion, known: Known | None, *, document_id: str | None = None
    ) -> dict[Span, int]:
        """Write one source and return the key of each of its passages.

        `document_id` names the single passage of a document that a caller wrote.
        """
        meta = encode_meta(item.source.meta, item.source.uri)
        if known is None:
            key = self._batch.add_source({"id": identity, **_columns(item, meta)})
            kept: dict[Span, Any] = {}
        else:
            key = known.row.key
            self._batch.update_source(key, _columns(item, meta))
            kept = self._kept(item, known, written=document_id is not None)
            if kept and meta != known.row.meta:
                self._batch.refresh_fields(key, item.source.meta)
        self._batch.mark_written(key)
        place = Place(identity, key, self._version(key, item, known), document_id)
        added = self._add_passages(place, item, [span for span in item.spans if span not in kept])
        return {**{span: row.key for span, row in kept.items()}, **added}

    def _kept(self, item: SourceVersion, known: Known, *, written: bool) -> dict[Span, Any]:
        """Return the passages that stay, after removing the others."""
        kept: dict[Span, Any] = {}
        if known.version_like(item.text) is not None:
            wanted = set(item.spans)
            kept = {
                span: row for span, row in known.passages.items() if span in wanted and bool(row.written) == written
            }
        self._batch.remove_passages([row.key for span, row in known.passages.items() if span not in kept])
        return kept

    def _version(self, source: int, item: SourceVersion, known: Known | None) -> int:
        same = None if known is None else known.version_like(item.text)
        if same is not None:
            return int(same.key)
        version = self._batch.add_version(source, item.text, text=None if known is None else known.text_like(item.text))
        self._batch.set_version(source, version)
        return version

    def _add_passages(self, place: Place, item: SourceVersion, spans: Sequence[Span]) -> dict[Span, int]:
        text = item.text
        version_hash = text.hash
        added: dict[Span, int] = {}
        for span, page, headings in _contexts(text, spans):
            added[span] = self._batch.add_passage(
                NewPassage(
                    id=place.document_id or passage_id(place.identity, version_hash, span),
                    source=place.source,
                    version=place.version,
                    start=span.start,
                    end=span.end,
                    title=text.title,
                    text=text.text[span.start : span.end],
                    meta=item.source.meta,
                    page=page,
                    headings=headings,
                    written=place.document_id is not None,
                )
            )
        return added


def check_source(item: SourceVersion) -> None:
    """Refuse a source that cannot be stored.

    Raises:
        InvalidTextError: its text, title, a heading or its URI holds NUL or a lone surrogate.
        ValueError: a span lies outside the text, is empty, or is named twice.
    """
    uri = item.source.uri
    check_text(uri, of="the URI of a source")
    check_text(item.text.text, of=uri)
    check_text(item.text.title, of=f"the title of {uri}")
    for heading in item.text.headings:
        check_text(heading.text, of=f"a heading of {uri}")
    for span in item.spans:
        if not 0 <= span.start < span.end <= len(item.text.text):
            raise ValueError(f"{uri}: the span {span} is empty or outside the text of {len(item.text.text)} characters")
    if len(set(item.spans)) != len(item.spans):
        raise ValueError(f"{uri}: the same span was given twice")


def _columns(item: SourceVersion, meta: str) -> dict[str, Any]:
    source = item.source
    return {
        "uri": source.uri,
        "root": source.root,
        "content_hash": source.content_hash,
        "media_type": source.media_type,
        "size": source.size,
        "modified": source.modified,
        "title": item.text.title,
        "state": SourceState.WRITING,
        "stage": CONFIRMING,
        "error": None,
        "reason": None,
        "attempts": 0,
        "passages": len(item.spans),
        "meta": meta,
        "deleted": None,
        "made_with": source.made_with,
    }


def _layout(version: Any) -> dict[str, str]:
    return {"page_starts": version.page_starts, "headings": version.headings}


def _contexts(text: CanonicalText, spans: Sequence[Span]) -> Iterator[tuple[Span, int | None, tuple[str, ...]]]:
    """Yield each span with its page and heading path, in the order of the text, in one walk over the headings."""
    path: list[Heading] = []
    headings = iter(text.headings)
    upcoming = next(headings, None)
    for span in sorted(spans):
        while upcoming is not None and upcoming.start <= span.start:
            while path and path[-1].level >= upcoming.level:
                path.pop()
            path.append(upcoming)
            upcoming = next(headings, None)
        yield span, text.page_at(span.start), tuple(heading.text for heading in path)
