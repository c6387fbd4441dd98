"""What a collection knows of its sources when a job begins, and which of them have vanished when it ends."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from os import stat_result
from pathlib import Path

from carrel.indexing.archives import SEPARATOR
from carrel.indexing.sources import Discovery
from carrel.indexing.uris import Uris, is_within, relative_names
from carrel.types import SourceRecord, SourceState

_SETTLED_SECONDS = 2.0
"""A file that changed less than this before it was read may change again without its time telling."""


def modified_time(status: stat_result) -> float | None:
    """Return when a file last changed, in seconds since the epoch; None if that is too recent to be trusted later.

    The time of the change of its inode counts too: it tells of an edit whose author has put the old time back.
    """
    modified = max(status.st_mtime, status.st_ctime)
    return modified if time.time() - modified > _SETTLED_SECONDS else None


@dataclass(frozen=True, slots=True)
class KnownSource:
    """What a job compares of a source and counts; no more, since a job holds those of the whole collection.

    `searchable` says that the collection holds a text of it, `indexed` that the last job was through with it.
    """

    uri: str
    root: str | None
    indexed: bool
    searchable: bool
    passages: int
    content_hash: str | None
    size: int | None
    modified: float | None
    made_with: str | None

    @classmethod
    def of(cls, record: SourceRecord) -> KnownSource:
        """Keep this of a record; what most of them have in common is kept once."""
        return cls(
            uri=record.uri,
            root=_once(record.root),
            indexed=record.state is SourceState.INDEXED,
            searchable=record.version is not None,
            passages=record.passages,
            content_hash=record.content_hash,
            size=record.size,
            modified=record.modified,
            made_with=_once(record.made_with),
        )


class KnownSources:
    """A collection's sources by URI, as they were when the job began; `only` names those that the job is about."""

    def __init__(self, records: Iterable[SourceRecord], *, only: Set[str] | None = None) -> None:
        self._known = {record.uri: KnownSource.of(record) for record in records}
        self._only = only
        self.uris = Uris(self._known.values())
        self.roots = {source.root for source in self._known.values() if source.root is not None}

    def is_concerned(self, uri: str) -> bool:
        """Tell whether the job is about a source of this name."""
        return self._only is None or uri in self._only

    def is_concerned_within(self, archive_uri: str) -> bool:
        """Tell whether the job is about an archive or a file in it."""
        if self._only is None or archive_uri in self._only:
            return True
        return any(uri.startswith(f"{archive_uri}{SEPARATOR}") for uri in self._only)

    def members(self, archive: str) -> list[KnownSource]:
        """Return the sources that were read out of an archive, by its path."""
        return [source for source in self._known.values() if source.root == archive]

    def is_new(self, uri: str) -> bool:
        """Tell whether the ledger does not know a source that the job is about."""
        return uri not in self._known and self.is_concerned(uri)

    def same_file(self, uri: str, root: str, made_with: str, status: stat_result) -> KnownSource | None:
        """Return what is known of a file that is unchanged by its size and time alone."""
        source = self._indexed(uri, root, made_with)
        if source is None or source.modified is None or source.size != status.st_size:
            return None
        return source if source.modified == modified_time(status) else None

    def same_content(self, uri: str, root: str, made_with: str, content_hash: str) -> KnownSource | None:
        """Return what is known of a source that holds this content already, converted and split as it would be now."""
        source = self._indexed(uri, root, made_with)
        return source if source is not None and source.content_hash == content_hash else None

    def vanished(self, found: Discovery, seen: Set[str], unreadable: Set[str]) -> Iterator[KnownSource]:
        """Yield the sources that were under what was walked and are no more.

        `unreadable` names files of rows that could not be read to the end: a row that was not seen may still be there.
        """
        files = {str(file.path) for file in found.files}
        for uri, source in self._known.items():
            if uri in seen or source.root is None or (source.root in unreadable and source.searchable):
                continue
            if source.root in files or any(_has_left(source, folder, root) for folder, root in found.walked.items()):
                yield source

    def _indexed(self, uri: str, root: str, made_with: str) -> KnownSource | None:
        source = self._known.get(uri)
        if source is None or not source.indexed or source.root is None or source.made_with != made_with:
            return None
        return source if is_within(source.root, root) else None


def _once(text: str | None) -> str | None:
    return None if text is None else sys.intern(text)


def _has_left(source: KnownSource, folder: Path, root: Path) -> bool:
    """Tell whether a source that was not seen belonged to the walked `folder` of the indexed folder `root`."""
    if is_within(source.root or "", str(folder)):
        return True
    if source.root != str(root):
        return False
    paths = [root / name for name in relative_names(source.uri, str(root))]
    return any(folder in path.parents for path in paths) and not any(path.exists() for path in paths)
