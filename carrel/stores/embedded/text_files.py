"""Keeping the text index in step with the database: following writes, replaying, rebuilding beside and switching.

`text/` holds one folder for each generation of the index; the file `current` names the one that counts.
"""

from __future__ import annotations

import json
import logging
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import tantivy
from sqlalchemy import select

from carrel.errors import StoreError
from carrel.stores.embedded.batch import text_entry
from carrel.stores.embedded.database import Database
from carrel.stores.embedded.disk_errors import refused_by_disk
from carrel.stores.embedded.file_sums import check_text_files
from carrel.stores.embedded.files import write_aside
from carrel.stores.embedded.schema import collection, passages, versions, visible_at
from carrel.stores.embedded.text_index import LOCK_WAIT_SECONDS, Applied, TextChanges, TextEntry, TextIndex
from carrel.stores.embedded.texts import passage_texts

_log = logging.getLogger(__name__)

_CURRENT = "current"
_REPLAY_PAGE = 2000
_LAG_CHECK_SECONDS = 1.0
_UNFINISHED_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class TextView:
    """One revision of a collection, held by a searcher: what is read with it fits together."""

    index: TextIndex
    searcher: tantivy.Searcher
    revision: int


class TextFiles:
    """The text index of a collection as files under `path`."""

    def __init__(self, path: Path, database: Database, language: str | None, *, is_written: Callable[[], bool]) -> None:
        """Say where the files are; `is_written` tells whether a job is writing, which then keeps the index in step."""
        self._path = path
        self._database = database
        self._language = language
        self._is_written = is_written
        self._lock = threading.RLock()
        self._rebuilding = threading.Lock()
        self._stamp: tuple[int, ...] | None = None
        self._view: TextView | None = None
        self._next_lag_check = 0.0

    def view(self) -> TextView:
        """Return the newest revision that is searchable; looking costs two file stamps when nothing changed."""
        view = self._view
        if view is None or self._read_stamp(view.index) != self._stamp:
            view = self._reload()
        if time.monotonic() >= self._next_lag_check:
            self._next_lag_check = time.monotonic() + _LAG_CHECK_SECONDS
            if self._lags(view) and self._catch_up_for_reading():
                view = self._reload()
        return view

    def _catch_up_for_reading(self) -> bool:
        """Replay what a dead process left behind; where the disk takes nothing now, reading goes on without it."""
        try:
            self.catch_up(lock_wait=0.0)
        except (ValueError, OSError) as error:
            if refused_by_disk(error) is None:
                raise
            _log.warning("the text index %s stays behind the database: %s", self._path, error)
            return False
        return True

    def _lags(self, view: TextView) -> bool:
        """Say whether a revision was left behind by a process that died, or the files had to be begun anew."""
        return self._revision() != view.revision and (view.revision == 0 or not self._is_written())

    def follow(self, changes: TextChanges) -> None:
        """Bring a batch that was just committed to the database into the index."""
        index = self._index()
        try:
            applied = index.apply(changes, expected=changes.revision - 1)
            if applied is not Applied.DONE or self._was_replaced(index):
                self.catch_up()
        except (ValueError, OSError, KeyError, TypeError):  # the files are broken; the database has the batch
            if self._was_replaced(index):
                self.catch_up()
            else:
                self.rebuild()
        self._reload()

    def _was_replaced(self, index: TextIndex) -> bool:
        """Say whether a rewritten index has taken the place of this one: what was committed here counts no more."""
        return self._current() not in {None, index.path.name}

    def catch_up(self, *, lock_wait: float = LOCK_WAIT_SECONDS) -> None:
        """Replay from the database what the index lacks: after a crash, or when another writer was faster.

        Who holds the index's lock for longer than `lock_wait` seconds is doing that already.
        """
        if not self._replay(self._index(), lock_wait):  # the database was put back to an earlier state
            self.rebuild()

    def rebuild(self) -> None:
        """Write a new index from the database beside the old one, then switch to it.

        Searches and writes go on with the old one meanwhile. The switch is made while nobody can commit to that, and
        once the new one is as far: no reader ever goes back to a revision before the one that it has seen.
        """
        with self._rebuilding:
            before = self._current()
            generation = uuid.uuid4().hex
            index = TextIndex(self._path / generation, self._language)
            while not self._switch(index, before):
                self._replay(index, LOCK_WAIT_SECONDS)
            self._reload()
            self._remove_old({generation}, at_once=before)

    def is_worn(self, share: float, *, fewest: int = 1) -> bool:
        """Say whether more than this share of the passages in the files, and `fewest` at least, are deleted ones."""
        deleted, total = self.view().index.deleted()
        return deleted >= fewest and deleted > share * total

    def _replay(self, index: TextIndex, lock_wait: float) -> bool:
        """Bring an index to the database's revision; False if it is beyond that."""
        while True:
            _, indexed = index.searcher()
            revision = self._revision()
            if indexed >= revision:
                return indexed == revision
            if index.apply(self._changes(indexed, revision), expected=indexed, lock_wait=lock_wait) is Applied.LOCKED:
                return True

    def _switch(self, index: TextIndex, before: str | None) -> bool:
        """Make an index the current one, if it is as far as the one that was (`before`); says whether it is."""
        _, revision = index.searcher()
        if not revision and self._revision():
            return False
        try:
            old = TextIndex(self._path / before, self._language) if before else None
            with old.kept_unchanged() if old else nullcontext(True) as kept:
                _, reached = old.searcher() if old else (None, 0)
                if not kept or revision < min(reached, self._revision()):
                    return False
                write_aside(self._path / _CURRENT, index.path.name.encode())
        except (StoreError, ValueError, OSError, KeyError, TypeError):  # the old one is broken
            write_aside(self._path / _CURRENT, index.path.name.encode())
        return True

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._view = None
            self._stamp = None

    def _changes(self, after: int, revision: int) -> TextChanges:
        removed = select(passages.c.key).where(
            passages.c.added <= after, passages.c.removed > after, passages.c.removed <= revision
        )
        with self._database.reading() as connection:
            keys = list(connection.execute(removed).scalars())
        return TextChanges(revision=revision, added=self._entries(after, revision), removed=keys)

    def _entries(self, after: int, revision: int) -> Iterator[TextEntry]:
        """Yield what `revision` shows and `after` did not, a page at a time."""
        query = (
            select(passages.c.key, passages.c.headings, versions.c.title)
            .join(versions, versions.c.key == passages.c.version)
            .where(visible_at(revision), passages.c.added > after)
            .order_by(passages.c.key)
            .limit(_REPLAY_PAGE)
        )
        last = 0
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(query.where(passages.c.key > last)).all()
                bodies = passage_texts(connection, [row.key for row in rows])
            for row in rows:
                yield text_entry(row.key, bodies.get(row.key, ""), row.title, json.loads(row.headings))
            if len(rows) < _REPLAY_PAGE:
                return
            last = rows[-1].key

    def _reload(self) -> TextView:
        with self._lock:
            index = self._index()
            try:
                return self._take(index)
            except (ValueError, OSError, KeyError, TypeError):  # files that are missing, or no index
                return self._take(self._begin())

    def _take(self, index: TextIndex) -> TextView:
        stamp = self._read_stamp(index)
        check_text_files(index.path)
        searcher, revision = index.searcher()
        view = TextView(index=index, searcher=searcher, revision=revision)
        self._view, self._stamp = view, stamp
        return view

    def _index(self) -> TextIndex:
        """Return the current index, opening or beginning it where needed."""
        with self._lock:
            generation = self._current()
            if generation is None:
                return self._begin()
            if self._view is not None and self._view.index.path.name == generation:
                return self._view.index
            try:
                return TextIndex(self._path / generation, self._language)
            except StoreError:
                return self._begin()

    def _begin(self) -> TextIndex:
        """Begin an empty index; the database fills it at the next look."""
        generation = uuid.uuid4().hex
        index = TextIndex(self._path / generation, self._language)
        write_aside(self._path / _CURRENT, generation.encode())
        self._next_lag_check = 0.0
        return index

    def _current(self) -> str | None:
        try:
            name = (self._path / _CURRENT).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return name if name and (self._path / name / "meta.json").is_file() else None

    def _read_stamp(self, index: TextIndex) -> tuple[int, ...] | None:
        """Return what changes with every commit and every switch; None if a file is missing."""
        try:
            current, meta = (self._path / _CURRENT).stat(), (index.path / "meta.json").stat()
        except OSError:
            return None
        return (current.st_ino, current.st_mtime_ns, meta.st_ino, meta.st_mtime_ns)

    def _remove_old(self, kept: set[str], *, at_once: str | None) -> None:
        """Remove the generation that was replaced, and what was left unfinished; readers keep their open files."""
        for folder in self._path.iterdir():
            left_over = folder.is_dir() and folder.name not in kept
            if left_over and (folder.name == at_once or time.time() - folder.stat().st_mtime > _UNFINISHED_SECONDS):
                shutil.rmtree(folder, ignore_errors=True)

    def _revision(self) -> int:
        with self._database.reading() as connection:
            return int(connection.execute(select(collection.c.revision)).scalar_one())
