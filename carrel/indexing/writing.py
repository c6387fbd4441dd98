"""Splitting and writing what a job has converted, in batches, so that a long job becomes searchable as it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from carrel.errors import LeaseError, StoreError, UserError
from carrel.indexing.splitter import Split
from carrel.stores.contract import Lease, PassageStore
from carrel.types import CanonicalText, SourceInfo, SourceState, SourceVersion

LARGE = 1 << 20
"""Bytes of a file, or characters of a text, that may take a while: the ledger says that the job is busy with it."""

_SPLIT_CHARACTERS = 1 << 19
_SPLIT_TEXTS = 1000

Refuse = Callable[[SourceInfo, UserError], None]


class BatchWriter:
    """Collects texts, splits them together and writes them when a batch is full or old enough.

    A batch has `passages` passages or what came in `seconds`; every write is one revision of the store. A source that
    the store refuses is handed to `refuse`, the others of its batch are written.
    """

    def __init__(
        self, store: PassageStore, lease: Lease, split: Split, *, passages: int, seconds: float, refuse: Refuse
    ) -> None:
        self._store = store
        self._lease = lease
        self._split = split
        self._limit = passages
        self._seconds = seconds
        self._refuse = refuse
        self._texts: list[tuple[SourceInfo, CanonicalText]] = []
        self._characters = 0
        self._versions: list[SourceVersion] = []
        self._passages = 0
        self._since = time.monotonic()
        self.sources_written = 0
        self.passages_written = 0

    def add(self, source: SourceInfo, text: CanonicalText) -> None:
        """Take one source; whatever is full is split and written."""
        self._texts.append((source, text))
        self._characters += len(text.text)
        overdue = time.monotonic() - self._since > self._seconds
        if overdue or self._characters >= _SPLIT_CHARACTERS or len(self._texts) >= _SPLIT_TEXTS:
            self._split_texts()
        if overdue or self._passages >= self._limit:
            self._write()

    def flush(self) -> None:
        """Write what is left."""
        self._split_texts()
        self._write()

    def _split_texts(self) -> None:
        for source, text in self._texts:
            if len(text.text) >= LARGE:
                self._store.set_source_state(source, SourceState.SPLITTING, lease=self._lease)
        spans = self._split([text for _, text in self._texts])
        for (source, text), found in zip(self._texts, spans, strict=True):
            self._versions.append(SourceVersion(source, text, found))
            self._passages += len(found)
        self._texts, self._characters = [], 0

    def _write(self) -> None:
        self._write_all(self._versions)
        self._versions, self._passages = [], 0
        self._since = time.monotonic()

    def _write_all(self, versions: Sequence[SourceVersion]) -> None:
        if not versions:
            return
        try:
            self._store.write_sources(versions, lease=self._lease)
        except (LeaseError, StoreError):
            raise
        except UserError as error:
            if len(versions) == 1:
                self._refuse(versions[0].source, error)
                return
            middle = len(versions) // 2
            self._write_all(versions[:middle])
            self._write_all(versions[middle:])
        else:
            self.sources_written += len(versions)
            self.passages_written += sum(len(version.spans) for version in versions)
