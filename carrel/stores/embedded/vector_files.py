"""The vector indexes of a collection as files: derived from the database, and thrown away when they do not fit it.

`vectors/<encoder>/manifest.json` names the segments of an encoder in the order of its log. A segment is written aside
and then named by a new manifest; processes look at the manifest's stamp and take over what others have written.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from carrel.errors import FingerprintMismatchError
from carrel.stores.embedded.database import Database
from carrel.stores.embedded.files import write_aside
from carrel.stores.embedded.schema import encoders
from carrel.stores.embedded.vector_folding import COMPRESS_AT, FOLD_AT, Fold, plan_compaction, plan_fold
from carrel.stores.embedded.vector_index import VectorIndex
from carrel.stores.embedded.vector_log import (
    LogRange,
    count_log,
    forgettable,
    log_end,
    log_state,
    read_log,
)
from carrel.stores.embedded.vector_rows import coverage, encoder_row
from carrel.stores.embedded.vector_segments import Segment, SegmentEntry, read_segment, segment_name, write_segment

_MANIFEST = "manifest.json"
_UNFINISHED_SECONDS = 86_400.0
_ATTEMPTS = 5
_LEFT_BEHIND = 4
"""So many times `FOLD_AT` entries in no segment: nobody folds them, a search has to."""


class VectorFiles:
    """The vector indexes of a collection, one for each encoder, opened when they are first searched."""

    def __init__(self, path: Path, database: Database) -> None:
        self._path = path
        self._database = database
        self._lock = threading.Lock()
        self._open: dict[int, EncoderFiles] = {}

    def index(self, connection: Connection, fingerprint: str, revision: int) -> VectorIndex | None:
        """Return the index of an encoder, up to date; None if the collection has no vectors at all.

        Raises:
            FingerprintMismatchError: there are vectors, but of other encoders only.
        """
        row = encoder_row(connection, fingerprint)
        if row is None:
            _refuse_others(connection, fingerprint, revision)
            return None
        return self._files(row).up_to_date(connection, revision)

    def fold(self) -> None:
        """Write what waits behind the last segments into files, where it has become enough."""
        self._each(lambda files: files.fold())

    def compact(self) -> None:
        """Write segments again of which much is no longer needed."""
        self._each(lambda files: files.compact())

    def statistics(self) -> dict[str, Any]:
        """Return how many vectors are compressed, and the recall measured when these were written."""
        entries: list[SegmentEntry] = []
        self._each(lambda files: entries.extend(files.compressed()))
        rows = sum(entry.rows for entry in entries)
        recall = sum(entry.recall * entry.rows for entry in entries) / rows if rows else 1.0
        return {"compressed": rows, "recall": round(recall, 3)}

    def _each(self, work: Callable[[EncoderFiles], None]) -> None:
        with self._database.reading() as connection:
            rows = connection.execute(select(encoders)).all()
        for row in rows:
            work(self._files(row))

    def _files(self, row: Any) -> EncoderFiles:
        with self._lock:
            if row.key not in self._open:
                folder = self._path / _folder_name(row.fingerprint)
                self._open[row.key] = EncoderFiles(folder, self._database, row.key, row.dimension)
            return self._open[row.key]


class EncoderFiles:
    """The segments of one encoder in a folder, and the index that searches them."""

    def __init__(self, folder: Path, database: Database, encoder: int, dimension: int) -> None:
        self._folder = folder
        self._database = database
        self._encoder = encoder
        self._index = VectorIndex(encoder, dimension)
        self._loading = threading.Lock()
        self._folding = threading.Lock()
        self._stamp: tuple[int, ...] | None = None

    def up_to_date(self, connection: Connection, revision: int) -> VectorIndex:
        """Return the index as of a revision."""
        self._load(connection)
        if not self._index.is_at(revision):
            most = _LEFT_BEHIND * FOLD_AT
            if count_log(connection, self._encoder, self._index.last_sequence, most=most) >= most:
                with self._folding:
                    self._fold_all()
            self._index.refresh(connection, revision)
        return self._index

    def compressed(self) -> list[SegmentEntry]:
        """Return the compressed segments."""
        with self._database.reading() as connection:
            self._load(connection)
        return [segment.entry for segment in self._index.segments if segment.is_compressed]

    def fold(self) -> None:
        """Write segments until little waits behind the last one; searches go on meanwhile.

        Where another thread is folding there is nothing to do: it goes on until little waits.
        """
        if self._folding.acquire(blocking=False):
            try:
                self._fold_all()
            finally:
                self._folding.release()

    def _fold_all(self) -> None:
        while self._fold_once():
            pass

    def _fold_once(self) -> bool:
        with self._database.reading() as connection:
            self._load(connection)
            segments = self._index.segments
            last = segments[-1].span.last if segments else 0
            plan = plan_fold(segments, count_log(connection, self._encoder, last, most=COMPRESS_AT))
            if plan is not None:
                self._write(connection, segments, plan)
        return plan is not None

    def compact(self) -> None:
        """Write worn segments again, without passages that no reader needs any more."""
        with self._folding:
            while True:
                with self._database.reading() as connection:
                    self._load(connection)
                    self._index.refresh(connection, log_state(connection).revision)
                    segments = self._index.segments
                    limit = forgettable(connection)
                    plan = plan_compaction(segments, [segment.forgettable(limit) for segment in segments])
                    if plan is None:
                        return
                    self._write(connection, segments, plan)

    def _write(self, connection: Connection, segments: Sequence[Segment], plan: Fold) -> None:
        """Write a segment, and a manifest that has it in the place of those that went into it.

        Where another process has written a manifest meanwhile, that one counts and the work is thrown away.
        """
        folded = segments[plan.first : plan.end]
        before = segments[plan.first - 1].span.last if plan.first else 0
        last = segments[plan.end - 1].span.last if plan.end else 0
        if plan.waiting:
            last = log_end(connection, self._encoder, last, plan.waiting)
        span = LogRange(before, last)
        self._folder.mkdir(parents=True, exist_ok=True)
        entry = write_segment(
            self._folder,
            self._index.dimension,
            read_log(connection, self._encoder, span.after, last=span.last, forget=forgettable(connection)),
            span=span,
            logged=count_log(connection, self._encoder, span.after, last=span.last),
            state=log_state(connection),
        )
        if self._read_stamp() == self._stamp:
            entries = [*(one.entry for one in segments[: plan.first]), entry, *(o.entry for o in segments[plan.end :])]
            manifest = {"encoder": self._encoder, "segments": [one.to_dict() for one in entries]}
            write_aside(self._folder / _MANIFEST, json.dumps(manifest).encode())
        self._load(connection)
        self._remove_files(folded={one.entry.name for one in folded} | {entry.name})

    def _load(self, connection: Connection) -> None:
        """Take the segments that the manifest names, if it is not the one that was read last."""
        with self._loading:
            for _ in range(_ATTEMPTS):
                stamp = self._read_stamp()
                if stamp == self._stamp:
                    return
                revision = log_state(connection).revision
                known = {segment.entry: segment for segment in self._index.segments}
                segments = [known.get(entry) or self._open(entry) for entry in self._entries(revision)]
                opened = _until_missing(segments)
                if len(opened) == len(segments) or self._read_stamp() == stamp:
                    self._stamp = stamp
                    self._index.replace(opened)
                    return

    def _entries(self, revision: int) -> list[SegmentEntry]:
        """Return the segments of the manifest that the database, at this revision, can have given rise to."""
        try:
            manifest = json.loads((self._folder / _MANIFEST).read_bytes())
            if manifest["encoder"] != self._encoder:
                return []
            entries = [SegmentEntry(**entry) for entry in manifest["segments"]]
            return [] if any(entry.revision > revision for entry in entries) else entries
        except (OSError, ValueError, KeyError, TypeError):
            return []  # the database has every vector

    def _open(self, entry: SegmentEntry) -> Segment | None:
        try:
            return read_segment(self._folder, entry, self._index.dimension)
        except (OSError, ValueError, EOFError, RuntimeError):
            return None  # broken, or folded by another process a moment ago

    def _read_stamp(self) -> tuple[int, ...]:
        try:
            status = (self._folder / _MANIFEST).stat()
        except OSError:
            return ()
        return (status.st_ino, status.st_mtime_ns, status.st_size)

    def _remove_files(self, folded: set[str]) -> None:
        """Remove segments that went into another, and what was left unfinished; readers keep what they mapped."""
        named = {segment.entry.name for segment in self._index.segments}
        for path in self._folder.iterdir():
            name = segment_name(path)
            if name is None or name in named:
                continue
            if name in folded or time.time() - path.stat().st_mtime > _UNFINISHED_SECONDS:
                path.unlink(missing_ok=True)


def _until_missing(segments: Sequence[Segment | None]) -> list[Segment]:
    """Return the segments before the first that is not there: the log is read on after them."""
    found: list[Segment] = []
    for segment in segments:
        if segment is None:
            break
        found.append(segment)
    return found


def _refuse_others(connection: Connection, fingerprint: str, revision: int) -> None:
    present = [entry.fingerprint for entry in coverage(connection, revision) if entry.vectors]
    if present:
        raise FingerprintMismatchError(
            f"the collection has no vectors of {fingerprint}; it has those of {', '.join(present)}; "
            "re-embed with: carrel index --reembed"
        )


def _folder_name(fingerprint: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", fingerprint)[:48].strip(".-")
    return f"{readable}-{hashlib.sha256(fingerprint.encode()).hexdigest()[:8]}"
