"""The indexing job: brings a collection in line with files and folders."""

from __future__ import annotations

import hashlib
import io
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from itertools import chain, islice
from os import stat_result
from pathlib import Path, PurePosixPath
from typing import IO

from carrel.errors import ConversionError, UserError
from carrel.indexing.archives import SEPARATOR, Member, read_archive
from carrel.indexing.conversion import Conversion
from carrel.indexing.converters.formats import Format
from carrel.indexing.known import KnownSource, KnownSources, modified_time
from carrel.indexing.made_with import made_with
from carrel.indexing.report import Failure, IndexReport, Progress, ShouldStop, Steps
from carrel.indexing.rows import SAMPLE, Record, RowFields, as_row, holds_texts, row_id
from carrel.indexing.sources import Discovery, FoundFile, discover, suffix_of
from carrel.indexing.splitter import Splitter
from carrel.indexing.writing import LARGE, BatchWriter
from carrel.settings import ConversionSettings
from carrel.stores.contract import Lease, PassageStore
from carrel.types import SourceInfo, SourceState

__all__ = ["IndexReport", "Progress", "RowFields", "index_paths"]


def index_paths(
    store: PassageStore,
    paths: Sequence[Path | str],
    *,
    splitter: Splitter,
    rows: RowFields | None = None,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    lease: Lease | None = None,
    batch_passages: int = 4000,
    batch_seconds: float = 3.0,
    again: bool = False,
    only: Set[str] | None = None,
    conversion: ConversionSettings | None = None,
) -> IndexReport:
    """Make the collection hold what stands under `paths`: index what is new or changed, delete what has vanished.

    Sources whose content is as it was are left alone, unless they were made with another converter, splitter or
    settings of these, or `again` is set. One that cannot be converted is recorded as failed, with the reason; what was
    searchable of it before stays so. `only` names the sources that the job is about; nothing else is touched.

    The job may be killed at any time and started again; `should_stop` ends it once what it has converted is written.
    Without a lease, one is taken.

    Raises:
        UserError: a path is missing or unreadable, or a file of an unknown kind; nothing was changed.
        LeaseError: another job is writing to the collection.
    """
    began = time.monotonic()
    conversion = conversion or ConversionSettings()
    with nullcontext(lease) if lease else store.lease("carrel index") as held, Conversion(conversion) as converter:
        known = KnownSources(store.sources(), only=only)
        found = discover([Path(path) for path in paths], known.roots)
        job = _Job(
            store,
            held,
            known=known,
            fields=rows or RowFields(),
            steps=Steps(on_progress, len(found.files)),
            converter=converter,
            made_with=cache(lambda form: made_with(form, conversion, splitter.fingerprint)),
            should_stop=should_stop or _never,
            again=again,
        )
        writer = BatchWriter(
            store, held, splitter.split, passages=batch_passages, seconds=batch_seconds, refuse=job.refuse
        )
        finished = job.index(found.files, writer)
        deleted = job.delete_vanished(found) if finished and only is None else 0
    report = job.report(found, writer, deleted, time.monotonic() - began)
    return replace(report, stopped=not finished)


class _Job:
    """One run over what was found."""

    def __init__(
        self,
        store: PassageStore,
        lease: Lease,
        *,
        known: KnownSources,
        fields: RowFields,
        steps: Steps,
        converter: Conversion,
        made_with: Callable[[Format], str],
        should_stop: ShouldStop,
        again: bool,
    ) -> None:
        self._store = store
        self._lease = lease
        self._known = known
        self._fields = fields
        self._steps = steps
        self._converter = converter
        self._made_with = made_with
        self._should_stop = should_stop
        self._again = again
        self._seen: set[str] = set()
        self._unreadable: set[str] = set()
        self._unchanged: list[int] = []
        self._failures: list[Failure] = []
        self._archives: list[SourceInfo] = []
        self._skipped: Counter[str] = Counter()
        self._undivided: list[str] = []

    def index(self, files: Sequence[FoundFile], writer: BatchWriter) -> bool:
        """Index the files, in order; returns whether it came to their end before it was told to stop."""
        named = list(zip(files, self._known.uris.assign_files((f.root, f.relative) for f in files), strict=True))
        self._announce(named)
        for file, uri in named:
            if self._should_stop():
                break
            self._steps.begin(uri)
            try:
                self._index_file(file, uri, writer)
            except ConversionError as error:
                self._unreadable.add(str(file.path))
                self._fail(self._source(file, uri), error.error, error.reason)
            except OSError as error:
                self._unreadable.add(str(file.path))
                self._fail(self._source(file, uri), "unreadable", f"The file cannot be read: {error.strerror}")
            self._steps.advance(uri)
        writer.flush()
        for archive in self._archives:
            self._store.set_source_state(archive, SourceState.INDEXED, lease=self._lease)
        return not self._should_stop()

    def refuse(self, source: SourceInfo, error: UserError) -> None:
        """Record that the store does not take a source."""
        self._fail(source, "not storable", str(error), stage=SourceState.WRITING)

    def delete_vanished(self, found: Discovery) -> int:
        """Delete what is no longer there; returns how many of these were searchable."""
        gone = list(self._known.vanished(found, self._seen, self._unreadable))
        if gone:
            self._store.delete_sources([source.uri for source in gone], lease=self._lease)
        return sum(1 for source in gone if source.searchable)

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
            skipped=dict(sorted((self._skipped + Counter(found.skipped)).items())),
            undivided=tuple(self._undivided),
        )

    def _index_file(self, file: FoundFile, uri: str, writer: BatchWriter) -> None:
        status, source = file.path.stat(), self._source(file, uri)
        if file.format.archive:
            self._index_archive(file, source, status, writer)
            return
        may_be_rows = file.format.rows and self._fields.named  # although it was one document before
        known = None if may_be_rows else self._known.same_file(uri, file.root, source.made_with or "", status)
        if self._is_unchanged(uri, known):
            return
        if file.format.rows:
            with file.path.open("rb") as stream:
                records = self._records(file.format, stream)
                if records is not None:
                    self._steps.expect_rows(file.path)
                    self._index_rows(replace(source, root=str(file.path)), records, writer)
                    return
        if not self._known.is_concerned(uri):
            return
        self._converter.check_size(status.st_size)
        data = file.path.read_bytes()
        self._index_content(replace(source, modified=modified_time(status)), file.format, data, writer)

    def _index_content(self, source: SourceInfo, form: Format, data: bytes, writer: BatchWriter) -> None:
        """Index one document by its bytes."""
        if form.rows and self._fields.named:
            self._undivided.append(source.uri)
        source = replace(source, content_hash=hashlib.sha256(data).hexdigest(), size=len(data))
        root, made_with = source.root or "", source.made_with or ""
        if self._is_unchanged(source.uri, self._known.same_content(source.uri, root, made_with, source.content_hash)):
            return
        if len(data) >= LARGE:
            self._store.set_source_state(source, SourceState.CONVERTING, lease=self._lease)
        converted = self._converter.convert(form, data, PurePosixPath(source.uri).name)
        self._seen.add(source.uri)
        writer.add(replace(source, meta=converted.meta), converted.text)

    def _index_archive(self, file: FoundFile, source: SourceInfo, status: stat_result, writer: BatchWriter) -> None:
        """Index the files in an archive; it is noted as indexed once they are written, and then skipped as a whole."""
        if not self._known.is_concerned_within(source.uri):
            return
        made_with = source.made_with or ""
        if self._is_unchanged_archive(file, self._known.same_file(source.uri, file.root, made_with, status)):
            return
        with file.path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            if self._is_unchanged_archive(file, self._known.same_content(source.uri, file.root, made_with, digest)):
                return
            for member in read_archive(stream, file.path.name, self._converter.settings):
                if self._should_stop():
                    return
                self._index_member(file, source.uri, member, writer)
        self._seen.add(source.uri)
        self._archives.append(replace(source, content_hash=digest, size=status.st_size, modified=modified_time(status)))

    def _index_member(self, file: FoundFile, archive_uri: str, member: Member, writer: BatchWriter) -> None:
        uri, form = f"{archive_uri}{SEPARATOR}{member.name}", member.format
        if form is None:
            self._skipped[suffix_of(member.name)] += 1
            return
        source = SourceInfo(uri, "", str(file.path), media_type=form.media_type, made_with=self._made_with(form))
        records = self._records(form, io.BytesIO(member.data)) if form.rows and member.error is None else None
        try:
            if member.error is not None:
                raise member.error
            if records is not None:
                self._index_rows(source, records, writer, prefix=f"{uri}#")
            elif self._known.is_concerned(uri):
                self._index_content(source, form, member.data, writer)
        except ConversionError as error:
            self._fail(source, error.error, error.reason)
        self._steps.advance(uri)

    def _is_unchanged_archive(self, file: FoundFile, known: KnownSource | None) -> bool:
        """Note that all files in an archive are as the collection has them, if they are."""
        members = self._known.members(str(file.path))
        if known is None or self._again or not all(member.indexed for member in members):
            return False
        if self._fields.named:  # what were documents may be files of rows
            return False
        self._seen.add(known.uri)
        for member in members:
            self._is_unchanged(member.uri, member)
        return True

    def _records(self, form: Format, stream: IO[bytes]) -> Iterator[Record] | None:
        """Return the records of a file of rows; None if it is one document."""
        records = form.records(stream)
        sample = list(islice(records, SAMPLE))
        return chain(sample, records) if holds_texts(sample, self._fields) else None

    def _index_rows(
        self, file: SourceInfo, records: Iterable[Record], writer: BatchWriter, *, prefix: str = ""
    ) -> None:
        """Index the rows of a file; `prefix` stands before the ids that they name."""
        root = file.root or ""
        for record in records:
            identity = f"{file.uri}#{record.number}"
            named = row_id(record, self._fields)
            uri = self._known.uris.assign_row(root, file.uri, f"{prefix}{named}" if named else identity)
            source = replace(file, uri=uri or identity)
            if not self._known.is_concerned(source.uri):
                continue
            if self._should_stop():
                return
            try:
                if uri is None:
                    raise ConversionError("duplicate id", f"Row {record.number} has the id of a row above it")
                self._index_row(source, record, PurePosixPath(file.uri).name, writer)
            except ConversionError as error:
                if record.fields is None:
                    self._unreadable.add(root)
                self._fail(source, error.error, error.reason)
            self._steps.advance(source.uri)

    def _index_row(self, source: SourceInfo, record: Record, file_name: str, writer: BatchWriter) -> None:
        row = as_row(record, self._fields, file_name)
        digest, root = row.content_hash, source.root or ""
        if not self._is_unchanged(
            source.uri, self._known.same_content(source.uri, root, source.made_with or "", digest)
        ):
            self._seen.add(source.uri)
            writer.add(replace(source, content_hash=digest, meta=row.meta), row.text)

    def _is_unchanged(self, uri: str, known: KnownSource | None) -> bool:
        """Note that a source is as the collection has it, if it is known to be."""
        if known is None or self._again:
            return False
        self._seen.add(uri)
        self._unchanged.append(known.passages)
        return True

    def _fail(self, source: SourceInfo, error: str, reason: str, stage: str = SourceState.CONVERTING) -> None:
        self._seen.add(source.uri)
        self._failures.append(Failure(source.uri, error, reason))
        self._store.set_source_state(
            source, SourceState.FAILED, stage=stage, error=error, reason=reason, lease=self._lease
        )

    def _announce(self, named: Sequence[tuple[FoundFile, str]]) -> None:
        """Let the ledger know of files that are new, before the first of them is through."""
        new = [self._source(file, uri) for file, uri in named if not file.format.rows and self._known.is_new(uri)]
        if new:
            self._store.announce_sources(new, lease=self._lease)

    def _source(self, file: FoundFile, uri: str) -> SourceInfo:
        form = file.format
        return SourceInfo(uri, "", root=file.root, media_type=form.media_type, made_with=self._made_with(form))


def _never() -> bool:
    return False
