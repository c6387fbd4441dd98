"""The indexing job: brings a collection in line with files and folders."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from carrel.errors import ConversionError, UserError
from carrel.indexing.known import KnownSources, modified_time
from carrel.indexing.report import Failure, IndexReport, Progress, Steps
from carrel.indexing.rows import SAMPLE, Record, RowFields, as_row, holds_texts, row_id
from carrel.indexing.sources import Discovery, FoundFile, discover
from carrel.indexing.splitter import Split
from carrel.indexing.writing import BatchWriter
from carrel.stores.contract import Lease, PassageStore
from carrel.types import SourceInfo, SourceRecord, SourceState

_LARGE = 1 << 20
"""Bytes of a file that may take a while to convert, so that the ledger says what the job is busy with."""

__all__ = ["IndexReport", "Progress", "RowFields", "index_paths"]


def index_paths(
    store: PassageStore,
    paths: Sequence[Path | str],
    *,
    split: Split,
    rows: RowFields | None = None,
    on_progress: Progress | None = None,
    lease_holder: str = "carrel index",
    batch_passages: int = 4000,
    batch_seconds: float = 3.0,
    again: bool = False,
) -> IndexReport:
    """Make the collection hold what stands under `paths`: index what is new or changed, delete what has vanished.

    Sources whose content is as it was are left alone, unless `again` is set (for other settings of `split`). One that
    cannot be converted is recorded as failed, with the reason; what was searchable of it before stays so. The job may
    be stopped at any time and started again.

    Raises:
        UserError: a path is missing or unreadable, or a file of an unknown kind; nothing was changed.
        LeaseError: another job is writing to the collection.
    """
    began = time.monotonic()
    with store.lease(lease_holder) as lease:
        known = KnownSources(store.sources())
        found = discover([Path(path) for path in paths], known.roots)
        job = _Job(store, lease, known, rows or RowFields(), Steps(on_progress, len(found.files)), again=again)
        writer = BatchWriter(store, lease, split, passages=batch_passages, seconds=batch_seconds, refuse=job.refuse)
        job.index(found.files, writer)
        deleted = job.delete_vanished(found)
    return job.report(found, writer, deleted, time.monotonic() - began)


class _Job:
    """One run over what was found."""

    def __init__(
        self,
        store: PassageStore,
        lease: Lease,
        known: KnownSources,
        fields: RowFields,
        steps: Steps,
        *,
        again: bool,
    ) -> None:
        self._store = store
        self._lease = lease
        self._known = known
        self._fields = fields
        self._steps = steps
        self._again = again
        self._seen: set[str] = set()
        self._unreadable: set[str] = set()
        self._unchanged: list[int] = []
        self._failures: list[Failure] = []

    def index(self, files: Sequence[FoundFile], writer: BatchWriter) -> None:
        """Index the files, in order."""
        uris = self._known.uris.assign_files((file.root, file.relative) for file in files)
        for file, uri in zip(files, uris, strict=True):
            try:
                self._index_file(file, uri, writer)
            except ConversionError as error:
                self._unreadable.add(str(file.path))
                self._fail(_file_source(file, uri), error.error, error.reason)
            except OSError as error:
                self._unreadable.add(str(file.path))
                self._fail(_file_source(file, uri), "unreadable", f"The file cannot be read: {error.strerror}")
            self._steps.advance()
        writer.flush()

    def refuse(self, source: SourceInfo, error: UserError) -> None:
        """Record that the store does not take a source."""
        self._fail(source, "not storable", str(error), stage=SourceState.WRITING)

    def delete_vanished(self, found: Discovery) -> int:
        """Delete what is no longer there; returns how many of these were searchable."""
        gone = list(self._known.vanished(found, self._seen, self._unreadable))
        if gone:
            self._store.delete_sources([record.uri for record in gone], lease=self._lease)
        return sum(1 for record in gone if record.version is not None)

    def report(self, found: Discovery, writer: BatchWriter, deleted: int, seconds: float) -> IndexReport:
        """Return what the run did."""
        return IndexReport(
            sources=writer.sources_written + len(self._unchanged) + len(self._failures),
            indexed=writer.sources_written,
            unchanged=len(self._unchanged),
            deleted=deleted,
            failed=tuple(self._failures),
            passages=writer.passages_written + sum(self._unchanged),
            seconds=seconds,
            skipped=found.skipped,
        )

    def _index_file(self, file: FoundFile, uri: str, writer: BatchWriter) -> None:
        status = file.path.stat()
        if self._is_unchanged(uri, self._known.same_file(uri, file.root, status)):
            return
        if file.format.rows:
            records = file.format.records(file.path)
            sample = list(islice(records, SAMPLE))
            if holds_texts(sample, self._fields):
                self._index_rows(file, uri, chain(sample, records), writer)
                return
        data = file.path.read_bytes()
        source = replace(_file_source(file, uri), content_hash=hashlib.sha256(data).hexdigest(), size=len(data))
        if self._is_unchanged(uri, self._known.same_content(uri, file.root, source.content_hash)):
            return
        if len(data) >= _LARGE:
            self._store.set_source_state(source, SourceState.CONVERTING, lease=self._lease)
        converted = file.format.convert(data, file.path.name)
        self._seen.add(uri)
        writer.add(replace(source, modified=modified_time(status), meta=converted.meta), converted.text)

    def _index_rows(self, file: FoundFile, file_uri: str, records: Iterable[Record], writer: BatchWriter) -> None:
        self._steps.expect_rows(file.path)
        root = str(file.path)
        for record in records:
            identity = f"{file_uri}#{record.number}"
            uri = self._known.uris.assign_row(root, file_uri, row_id(record, self._fields) or identity)
            source = SourceInfo(uri or identity, "", root=root, media_type=file.format.media_type)
            try:
                if uri is None:
                    raise ConversionError("duplicate id", f"Row {record.number} has the id of a row above it")
                self._index_row(source, record, file.path.name, writer)
            except ConversionError as error:
                if record.fields is None:
                    self._unreadable.add(root)
                self._fail(source, error.error, error.reason)
            self._steps.advance()

    def _index_row(self, source: SourceInfo, record: Record, file_name: str, writer: BatchWriter) -> None:
        row = as_row(record, self._fields, file_name)
        digest = row.content_hash
        if not self._is_unchanged(source.uri, self._known.same_content(source.uri, source.root or "", digest)):
            self._seen.add(source.uri)
            writer.add(replace(source, content_hash=digest, meta=row.meta), row.text)

    def _is_unchanged(self, uri: str, record: SourceRecord | None) -> bool:
        """Note that a source is as the collection has it, if there is a record that says so."""
        if record is None or self._again:
            return False
        self._seen.add(uri)
        self._unchanged.append(record.passages)
        return True

    def _fail(self, source: SourceInfo, error: str, reason: str, stage: str = SourceState.CONVERTING) -> None:
        self._seen.add(source.uri)
        self._failures.append(Failure(source.uri, error, reason))
        self._store.set_source_state(
            source, SourceState.FAILED, stage=stage, error=error, reason=reason, lease=self._lease
        )


def _file_source(file: FoundFile, uri: str) -> SourceInfo:
    return SourceInfo(uri, "", root=file.root, media_type=file.format.media_type)
