"""Indexing as the platform does it: converting, splitting, writing and embedding under one lease."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from carrel.indexing.embedding import embed_missing
from carrel.indexing.job import index_paths
from carrel.indexing.report import IndexReport, Progress, ShouldStop
from carrel.indexing.retrying import failed_sources
from carrel.indexing.rows import RowFields
from carrel.indexing.splitter import Splitter
from carrel.settings import Settings
from carrel.stores.contract import Lease, PassageStore
from carrel.types import SourceState

if TYPE_CHECKING:
    from carrel.models.sentence_encoder import SentenceEncoder

HOLDER = "carrel index"


class IndexJob:
    """Brings a collection in line with files; `embed` makes the vectors too."""

    def __init__(
        self, store: PassageStore, encoder: SentenceEncoder, settings: Settings, *, rows: RowFields, embed: bool
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._settings = settings
        self._rows = rows
        self._embed = embed

    def index(
        self, paths: Sequence[Path], *, again: bool, on_progress: Progress | None, should_stop: ShouldStop | None
    ) -> IndexReport:
        """Bring in line what stands under `paths`."""
        began = perf_counter()
        with self._store.lease(HOLDER) as lease:
            return self._run(
                paths, lease, began, again=again, only=None, on_progress=on_progress, should_stop=should_stop
            )

    def retry_failed(self, *, on_progress: Progress | None, should_stop: ShouldStop | None) -> IndexReport:
        """Bring in line what failed before, and delete what has gone of it."""
        began = perf_counter()
        with self._store.lease(HOLDER) as lease:
            failed = failed_sources(self._store.sources(state=SourceState.FAILED))
            if failed.gone:
                self._store.delete_sources(failed.gone, lease=lease)
            report = self._run(
                failed.files,
                lease,
                began,
                again=False,
                only=failed.uris,
                on_progress=on_progress,
                should_stop=should_stop,
            )
        return replace(report, deleted=report.deleted + len(failed.gone))

    def _run(
        self,
        paths: Sequence[Path],
        lease: Lease,
        began: float,
        *,
        again: bool,
        only: Set[str] | None,
        on_progress: Progress | None,
        should_stop: ShouldStop | None,
    ) -> IndexReport:
        settings = self._settings.index
        report = index_paths(
            self._store,
            paths,
            splitter=Splitter(self._encoder.tokenizer, max_tokens=settings.max_tokens, overlap=settings.overlap),
            rows=self._rows,
            on_progress=on_progress,
            should_stop=should_stop,
            lease=lease,
            batch_passages=settings.batch_passages,
            again=again,
            only=only,
            conversion=self._settings.conversion,
        )
        embedded = 0
        if self._embed and not report.stopped:
            embedded = embed_missing(
                self._store, self._encoder, on_progress=on_progress, should_stop=should_stop, lease=lease
            )
        stopped = report.stopped or bool(should_stop and should_stop())
        return report.finished(embedded=embedded, stopped=stopped, seconds=perf_counter() - began)
