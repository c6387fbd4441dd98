"""The platform: one object over a home folder and a collection, with five verbs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from carrel._haystack import Document, Pipeline
from carrel.errors import UnknownSourceError, UserError
from carrel.indexing.report import IndexReport, Progress, ShouldStop
from carrel.indexing.retrying import file_of
from carrel.indexing.rows import RowFields
from carrel.platform.backups import RestoredCollection, back_up, restore
from carrel.platform.home import collection_folder, require_collection
from carrel.platform.job_queue import unfinished_jobs
from carrel.platform.pipelines import ask_pipeline, run, run_ask_pipeline, search_pipeline
from carrel.platform.results import FailedSource, SearchResult, Status, hits_of
from carrel.platform.searching import SearchRequest, search_page
from carrel.platform.verification import verified_answers
from carrel.settings import SearchMode, Settings, default_home
from carrel.stores.embedded.backup import Backup
from carrel.stores.embedded.store import EmbeddedStore
from carrel.stores.embedded.verification import Verification
from carrel.stores.facets import Facet
from carrel.stores.query_parser import parse_query
from carrel.types import AskResult, SourceState

if TYPE_CHECKING:
    from carrel.models.sentence_encoder import SentenceEncoder
    from carrel.platform.index_job import IndexJob
    from carrel.readers.span_reader import SpanReader

Filters = Mapping[str, Any]


class Platform:
    """Documents in, hits and answers out.

    `home` holds everything (default: `CARREL_HOME`, or the user's data folder); `collection` names what is indexed and
    searched together. Models load at their first use. Use it as a context manager, or call `close`.
    """

    def __init__(
        self, home: Path | str | None = None, *, collection: str = "default", settings: Settings | None = None
    ) -> None:
        self.home = Path(home).expanduser() if home is not None else default_home()
        self.collection = collection
        self.settings = (settings or Settings.load(self.home)).for_collection(collection, self.home)
        self._folder = collection_folder(self.home, collection)
        self._store: EmbeddedStore | None = None
        self._pipelines: dict[str, Pipeline] = {}

    @property
    def store(self) -> EmbeddedStore:
        """The collection's store.

        Raises:
            UnknownCollectionError: nothing was indexed under this name yet.
        """
        if self._store is None:
            require_collection(self.home, self.collection)
            self._store = self._open()
        return self._store

    @cached_property
    def encoder(self) -> SentenceEncoder:
        """The sentence encoder of the settings, loaded at its first use."""
        from carrel.models.sentence_encoder import load_encoder

        return load_encoder(
            self.settings.models.encoder, threads=self.settings.models.threads, backend=self.settings.models.backend
        )

    @property
    def reader(self) -> SpanReader:
        """The reader of the ask pipeline, warmed up."""
        reader = cast("SpanReader", self._ask_pipeline().get_component("reader"))
        reader.warm_up()
        return reader

    def index(
        self,
        paths: Sequence[Path | str] | Path | str,
        *,
        id_field: str | None = None,
        title_field: str | None = None,
        text_field: str | None = None,
        embed: bool = True,
        again: bool = False,
        on_progress: Progress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> IndexReport:
        """Make the collection hold what stands under `paths`: new, changed and vanished sources are brought in line.

        Rows of a JSONL or CSV file are sources of their own, by the fields named. What did not change is left alone,
        unless the settings of converters or splitter did, or `again` is set. Killed at any moment, the next call goes
        on; `should_stop` is asked between sources and batches whether to end early.

        Raises:
            UserError: a path is missing or unreadable, or names a type that cannot be converted; nothing was changed.
            LeaseError: another process is writing to the collection.
        """
        named = [paths] if isinstance(paths, str | Path) else paths
        job = self._index_job(RowFields(id=id_field, title=title_field, text=text_field), embed=embed)
        return job.index(
            [Path(path).expanduser() for path in named], again=again, on_progress=on_progress, should_stop=should_stop
        )

    def retry_failed(
        self,
        *,
        id_field: str | None = None,
        title_field: str | None = None,
        text_field: str | None = None,
        embed: bool = True,
        on_progress: Progress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> IndexReport:
        """Index the sources again that failed, and nothing else; those whose files have gone are deleted.

        Raises:
            UnknownCollectionError: nothing was indexed under this name yet.
            LeaseError: another process is writing to the collection.
        """
        require_collection(self.home, self.collection)
        job = self._index_job(RowFields(id=id_field, title=title_field, text=text_field), embed=embed)
        return job.retry_failed(on_progress=on_progress, should_stop=should_stop)

    def search(
        self,
        query: str,
        *,
        mode: SearchMode | None = None,
        top_k: int | None = None,
        filters: Filters | None = None,
        one_per_source: bool = False,
        plain: bool = False,
        facets: Sequence[str] = (),
        facet_values: int = 10,
        explain: bool = False,
        after: str | None = None,
    ) -> SearchResult:
        """Return a page of the best passages for a query.

        The query may use operators (see docs/search.md) unless it is `plain` words. `facets` names fields to count the
        matching passages by, of which the `facet_values` most frequent values are listed; `explain` gives every hit
        its `why`; `after` is the `next` of the page before.

        Raises:
            UserError: the query is empty, `top_k` is below 1, the mode unknown, or `after` no cursor of this search.
            FilterError: the filter is malformed, or passages cannot be counted by a field.
            FingerprintMismatchError: the collection was embedded by another model.
        """
        mode = mode or self.settings.search.mode
        pipeline = self._search_pipeline(mode, plain=plain)
        request = SearchRequest(
            query,
            mode,
            _positive("top_k", top_k) or self.settings.search.top_k,
            filters,
            one_per_source,
            plain,
            facets,
            facet_values,
            explain,
            after,
        )
        return search_page(
            request,
            self.store,
            lambda inputs: run(pipeline, {"retriever": dict(inputs)})["retriever"],
            self._coverage_notes(mode),
        )

    def facets(
        self,
        fields: Sequence[str],
        *,
        query: str | None = None,
        filters: Filters | None = None,
        values: int = 10,
    ) -> dict[str, Facet]:
        """Return how many passages have each value of these fields, and how many sources they belong to.

        Counted are the passages that match the words and operators of a query and the filter, or all without them.

        Raises:
            FilterError: the filter is malformed, or passages cannot be counted by a field.
        """
        parsed = None if query is None else parse_query(query)
        return self.store.facets(fields, query=parsed, filters=filters, top=values)

    def retrieve(self, query: str, *, top_k: int | None = None, filters: Filters | None = None) -> list[Document]:
        """Return the best passages for plain words as Haystack documents, for readers and pipelines."""
        pipeline = self._search_pipeline(self.settings.search.mode, plain=True)
        inputs = {
            "query": query,
            "top_k": _positive("top_k", top_k),
            "filters": dict(filters) if filters else None,
        }
        documents: list[Document] = run(pipeline, {"retriever": inputs})["retriever"]["documents"]
        return documents

    def ask(
        self,
        question: str,
        *,
        top_k: int | None = None,
        filters: Filters | None = None,
        retriever_top_k: int | None = None,
        risk: float | None = None,
        on_found: Callable[[int], None] | None = None,
    ) -> AskResult:
        """Return the best answers to a question, each with the characters of its source that it is.

        With a `risk`, the platform abstains wherever answering would let more than this share of its answers be wrong
        (`carrel.readers.risk` says on what that rests). `on_found` is told how many passages are going to be read.

        Raises:
            UserError, FilterError, FingerprintMismatchError: as `search`; also for a risk that is not between 0 and 1.
            ModelError: a risk is asked for, and the reader has no calibration.
        """
        began = perf_counter()
        request: dict[str, dict[str, Any]] = {
            "retriever": {
                "query": question,
                "top_k": _positive("retriever_top_k", retriever_top_k),
                "filters": dict(filters) if filters else None,
            },
            "reader": {"query": question, "top_k": _positive("top_k", top_k), "risk": risk},
        }
        ran = run_ask_pipeline(self._ask_pipeline(), request, on_found=on_found)
        seconds = {"retrieve": ran["retriever"]["seconds"], "read": ran["reader"]["seconds"]}
        answers = verified_answers(ran["reader"]["spans"], self.store)
        return AskResult(
            question,
            ran["reader"]["abstained"],
            answers,
            {**seconds, "total": perf_counter() - began},
            passages=hits_of(ran["retriever"]["documents"]),
            limit=ran["reader"]["limit"],
        )

    def status(self) -> Status:
        """Return what the collection holds, and what could not be indexed and why."""
        statistics = self.store.statistics()
        fingerprint = self.encoder.fingerprint
        vectors = next((c.vectors for c in self.store.coverage() if c.fingerprint == fingerprint), 0)
        failed = self.store.sources(state=SourceState.FAILED)
        return Status(
            collection=self.collection,
            sources=statistics["sources"],
            passages=statistics["passages"],
            searchable=statistics["searchable"],
            vectors=vectors,
            revision=self.store.revision,
            models={"encoder": fingerprint, "reader": self.settings.models.reader},
            sizes={name: statistics[name] for name in ("sql", "text", "vectors")},
            failed=tuple(FailedSource.of(record) for record in failed),
            jobs=unfinished_jobs(self.home, self.settings, self.collection),
        )

    def delete(
        self, sources: Sequence[str] | str | None = None, *, filters: Filters | None = None, purge: bool = False
    ) -> int:
        """Delete sources by their names, or every source with a passage that the filter matches; returns how many.

        Raises:
            UserError: neither or both were given.
            UnknownSourceError: a named source is not in the collection; nothing was deleted.
        """
        if (sources is None) == (filters is None):
            raise UserError("Say what to delete: sources by name, or a filter, and not both")
        if filters is not None:
            return self.store.delete_sources(self._sources_matching(filters), purge=purge)
        named = [sources] if isinstance(sources, str) else list(dict.fromkeys(sources or ()))
        unknown = [name for name in named if self.store.source(name) is None]
        if unknown:
            raise UnknownSourceError(
                f"The collection {self.collection!r} has no source {', '.join(map(repr, unknown))}; nothing was "
                "deleted ('carrel search' shows the names of sources)"
            )
        return self.store.delete_sources(named, purge=purge)

    def source_file(self, source: str) -> Path | None:
        """Return the file that a source was read from; None where it is gone, or the source is a row or was written.

        For a source in an archive that is the archive.

        Raises:
            UnknownSourceError: there is no such source.
        """
        record = self.store.source(source)
        if record is None:
            raise UnknownSourceError(f"The collection {self.collection!r} has no source {source!r}")
        return file_of(record)

    def backup(self, file: Path | str, *, force: bool = False) -> Backup:
        """Write the collection to one file, at one revision, whatever is indexed or asked meanwhile.

        Raises:
            BackupError: the file exists (`force` replaces it, once the new one is complete) or cannot be written.
        """
        return back_up(self.home, self.collection, Path(file), replace=force)

    def restore(self, file: Path | str, *, force: bool = False) -> RestoredCollection:
        """Put a backup in the place of this collection, in one step at the end.

        Raises:
            BackupError: the file is no backup or a damaged one, or the collection exists and `force` was not given;
                nothing was changed.
            LeaseError: another process is writing to the collection.
        """
        self.close()
        return restore(self.home, self.collection, Path(file), replace=force)

    def verify(self, *, repair: bool = False) -> Verification:
        """Check all of the collection: texts and vectors by their own checksums, the indexes against them.

        `repair` builds indexes anew that do not fit.
        """
        return self.store.verify(repair=repair)

    def close(self) -> None:
        """Close the store; further calls open it again."""
        self._pipelines.clear()
        if self._store is not None:
            self._store.close()
            self._store = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> EmbeddedStore:
        language = self.settings.index.language
        return EmbeddedStore(
            self._folder, collection=self.collection, language=None if language == "none" else language
        )

    def _index_job(self, rows: RowFields, *, embed: bool) -> IndexJob:
        from carrel.platform.index_job import IndexJob

        self._store = self._store or self._open()
        return IndexJob(self._store, self.encoder, self.settings, rows=rows, embed=embed)

    def _search_pipeline(self, mode: SearchMode, *, plain: bool) -> Pipeline:
        if mode not in ("bm25", "dense", "hybrid"):
            raise UserError(f"There is no search mode {mode!r}; there are bm25, dense and hybrid")
        name = f"{mode}, plain" if plain else mode
        return self._cached(name, lambda: search_pipeline(self.store, self.settings, mode, syntax=not plain))

    def _ask_pipeline(self) -> Pipeline:
        return self._cached("ask", lambda: ask_pipeline(self.store, self.settings))

    def _cached(self, name: str, build: Callable[[], Pipeline]) -> Pipeline:
        if name not in self._pipelines:
            self._pipelines[name] = build()
        return self._pipelines[name]

    def _sources_matching(self, filters: Filters) -> list[str]:
        from carrel.retrievers.selection import provenance

        return sorted({provenance(document).source for document in self.store.iterate(filters)})

    def _coverage_notes(self, mode: str) -> tuple[str, ...]:
        if mode == "bm25":
            return ()
        fingerprint = self.encoder.fingerprint
        passages = self.store.count_documents()
        covered = next((c.vectors for c in self.store.coverage() if c.fingerprint == fingerprint), 0)
        if covered >= passages:
            return ()
        return (
            f"{covered} of {passages} passages have a vector: {mode} search sees the others by words or not at all",
        )


def _positive(name: str, value: int | None) -> int | None:
    if value is not None and value < 1:
        raise UserError(f"{name} must be at least 1, not {value}")
    return value
