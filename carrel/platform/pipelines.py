"""Carrel's pipelines, as Haystack pipelines: built from settings, exported to YAML, edited, checked and run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from carrel._haystack import (
    ComponentDeserializationError,
    ComponentError,
    DeserializationError,
    Pipeline,
    PipelineError,
    PipelineRuntimeError,
)
from carrel.errors import CarrelError, UserError
from carrel.readers.span_reader import SpanReader
from carrel.retrievers import (
    BM25Retriever,
    DenseRetriever,
    HybridRetriever,
    PairReranker,
    ReaderReranker,
    RerankedRetriever,
)
from carrel.settings import SearchMode, Settings
from carrel.stores.contract import PassageStore

Retriever = BM25Retriever | DenseRetriever | HybridRetriever | RerankedRetriever


def retriever(store: PassageStore, mode: SearchMode, settings: Settings, *, syntax: bool = False) -> Retriever:
    """Make the retriever of a mode, with the settings' models and weights; `syntax` reads operators in queries."""
    search, models = settings.search, settings.models
    if mode == "bm25":
        return BM25Retriever(store, top_k=search.top_k, syntax=syntax)
    if mode == "dense":
        return DenseRetriever(
            store,
            model=models.encoder,
            top_k=search.top_k,
            threads=models.threads,
            backend=models.backend,
            syntax=syntax,
        )
    return HybridRetriever(
        store,
        model=models.encoder,
        top_k=search.top_k,
        fusion=search.fusion,
        bm25_weight=search.bm25_weight,
        candidates=search.candidates,
        threads=models.threads,
        backend=models.backend,
        syntax=syntax,
    )


def reranked(found: Retriever, settings: Settings) -> Retriever:
    """Put the settings' reranker behind a retriever, if there is one."""
    search, models = settings.search, settings.models
    if not search.reranker:
        return found
    kind, model = (ReaderReranker, models.reader) if search.reranker == "reader" else (PairReranker, search.reranker)
    reranker = kind(model, threads=models.threads, backend=models.backend)
    return RerankedRetriever(found, reranker, top_k=found.top_k, candidates=search.rerank_candidates)


def search_pipeline(store: PassageStore, settings: Settings, mode: SearchMode, *, syntax: bool = True) -> Pipeline:
    """Return a pipeline of one component, `retriever`."""
    pipeline = Pipeline()
    pipeline.add_component("retriever", reranked(retriever(store, mode, settings, syntax=syntax), settings))
    return pipeline


def ask_pipeline(store: PassageStore, settings: Settings) -> Pipeline:
    """Return the pipeline that answers questions: `retriever`, whose documents go to `reader`."""
    pipeline = Pipeline()
    found = reranked(retriever(store, settings.search.mode, settings), settings)
    found.top_k = settings.ask.retriever_top_k
    pipeline.add_component("retriever", found)
    pipeline.add_component(
        "reader",
        SpanReader(
            model=settings.models.reader,
            top_k=settings.ask.top_k,
            rank_weight=settings.ask.rank_weight,
            confidence=settings.ask.confidence,
            risk=settings.ask.risk,
            threads=settings.models.threads,
            backend=settings.models.backend,
        ),
    )
    pipeline.connect("retriever.documents", "reader.documents")
    return pipeline


# Everything that Haystack raises for a file that is no pipeline, or names what is not allowed or not there.
_LOAD_ERRORS = (
    PipelineError,
    DeserializationError,
    ComponentDeserializationError,
    ComponentError,
    ImportError,
    ValueError,
)

BUILDERS: dict[str, Callable[[PassageStore, Settings], Pipeline]] = {
    "ask": ask_pipeline,
    "search-bm25": lambda store, settings: search_pipeline(store, settings, "bm25"),
    "search-dense": lambda store, settings: search_pipeline(store, settings, "dense"),
    "search-hybrid": lambda store, settings: search_pipeline(store, settings, "hybrid"),
}
"""The pipelines that exist, by the name that `carrel pipelines` uses."""


def build_pipeline(name: str, store: PassageStore, settings: Settings) -> Pipeline:
    """Build a pipeline by name.

    Raises:
        UserError: there is none of that name.
    """
    if name not in BUILDERS:
        raise UserError(f"There is no pipeline {name!r}; there are {', '.join(sorted(BUILDERS))}")
    return BUILDERS[name](store, settings)


def load_pipeline(path: Path) -> Pipeline:
    """Load a pipeline from a YAML file; only Haystack's and Carrel's own classes are allowed in it.

    Raises:
        UserError: the file is missing, is no pipeline, or names a class that is not allowed.
    """
    try:
        return Pipeline.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The pipeline file {path} cannot be read: {error}") from error
    except _LOAD_ERRORS as error:
        raise UserError(f"{path} is not a pipeline that can be used: {_first_line(error)}") from error


def run_pipeline(pipeline: Pipeline, query: str) -> dict[str, Any]:
    """Run a pipeline on a query, which goes to every open input named `query`.

    Raises:
        UserError: the pipeline has no such input, or needs others.
    """
    sockets = pipeline.inputs()
    if not any("query" in names for names in sockets.values()):
        raise UserError("The pipeline has no open input named 'query'; see 'carrel pipelines check FILE'")
    needed = {
        f"{part}.{name}" for part, names in sockets.items() for name, about in names.items() if about["is_mandatory"]
    }
    missing = sorted(name for name in needed if not name.endswith(".query"))
    if missing:
        raise UserError(f"The pipeline needs inputs beside the query, which only Python can give: {', '.join(missing)}")
    return run(pipeline, {part: {"query": query} for part, names in sockets.items() if "query" in names})


def run(
    pipeline: Pipeline, inputs: dict[str, dict[str, Any]], *, include_outputs_from: set[str] | None = None
) -> dict[str, Any]:
    """Run a pipeline as Haystack does, but let Carrel's own errors through as they are.

    Haystack wraps what a component raises, with the name of the component; for a user's error that hides what to do.
    """
    try:
        outputs: dict[str, Any] = pipeline.run(inputs, include_outputs_from=include_outputs_from)
    except PipelineRuntimeError as error:
        if isinstance(error.__cause__, CarrelError):
            raise error.__cause__ from None
        raise
    return outputs


def run_ask_pipeline(
    pipeline: Pipeline, inputs: dict[str, dict[str, Any]], *, on_found: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Run the pipeline that answers questions, and return the outputs of both of its components.

    `on_found` is told how many passages there are to read, before they are read. Haystack's pipeline tells nobody, so
    that the two components are run by hand then.
    """
    if on_found is None:
        return run(pipeline, inputs, include_outputs_from={"retriever"})
    pipeline.warm_up()
    found = pipeline.get_component("retriever").run(**inputs["retriever"])
    on_found(len(found["documents"]))
    reader = pipeline.get_component("reader")
    read = reader.run(documents=found["documents"], **inputs["reader"])
    return {"retriever": found, "reader": read}


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
