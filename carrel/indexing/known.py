"""What a collection knows of its sources when a job begins, and which of them have vanished when it ends."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Set
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


class KnownSources:
    """The ledger's records by URI, as they were when the job began; `only` names those that the job is about."""

    def __init__(self, records: Iterable[SourceRecord], *, only: Set[str] | None = None) -> None:
        self._records = {record.uri: record for record in records}
        self._only = only
        self.uris = Uris(self._records.values())
        self.roots = {record.root for record in self._records.values() if record.root is not None}

    def is_concerned(self, uri: str) -> bool:
        """Tell whether the job is about a source of this name."""
        return self._only is None or uri in self._only

    def is_concerned_within(self, archive_uri: str) -> bool:
        """Tell whether the job is about an archive or a file in it."""
        if self._only is None or archive_uri in self._only:
            return True
        return any(uri.startswith(f"{archive_uri}{SEPARATOR}") for uri in self._only)

    def members(self, archive: str) -> list[SourceRecord]:
        """Return the sources that were read out of an archive, by its path."""
        return [record for record in self._records.values() if record.root == archive]

    def is_new(self, uri: str) -> bool:
        """Tell whether the ledger does not know a source that the job is about."""
        return uri not in self._records and self.is_concerned(uri)

    def same_file(self, uri: str, root: str, made_with: str, status: stat_result) -> SourceRecord | None:
        """Return the record of a file that is known to be unchanged by its size and time alone."""
        record = self._indexed(uri, root, made_with)
        if record is None or record.modified is None or record.size != status.st_size:
            return None
        return record if record.modified == modified_time(status) else None

    def same_content(self, uri: str, root: str, made_with: str, content_hash: str) -> SourceRecord | None:
        """Return the record of a source that holds this content already, converted and split as it would be now."""
        record = self._indexed(uri, root, made_with)
        return record if record is not None and record.content_hash == content_hash else None

    def vanished(self, found: Discovery, seen: Set[str], unreadable: Set[str]) -> Iterator[SourceRecord]:
        """Yield the sources that were under what was walked and are no more.

        `unreadable` names files of rows that could not be read to the end: a row that was not seen may still be there.
        """
        files = {str(file.path) for file in found.files}
        for uri, record in self._records.items():
            if uri in seen or record.root is None or (record.root in unreadable and record.version):
                continue
            if record.root in files or any(_has_left(record, folder, root) for folder, root in found.walked.items()):
                yield record

    def _indexed(self, uri: str, root: str, made_with: str) -> SourceRecord | None:
        record = self._records.get(uri)
        if record is None or record.state is not SourceState.INDEXED or record.root is None:
            return None
        if record.made_with != made_with:
            return None
        return record if is_within(record.root, root) else None


def _has_left(record: SourceRecord, folder: Path, root: Path) -> bool:
    """Tell whether a source that was not seen belonged to the walked `folder` of the indexed folder `root`."""
    if is_within(record.root or "", str(folder)):
        return True
    if record.root != str(root):
        return False
    paths = [root / name for name in relative_names(record.uri, str(root))]
    return any(folder in path.parents for path in paths) and not any(path.exists() for path in paths)
