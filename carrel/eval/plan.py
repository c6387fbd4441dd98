"""What is to be measured, said so that it can be kept and done again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from carrel._haystack import Document
from carrel.datasets import Dataset, open_dataset
from carrel.errors import UserError
from carrel.eval.desk import Progress, no_progress
from carrel.eval.pipeline import PipelineArguments, evaluate_pipeline
from carrel.eval.questions import OpenQuestion
from carrel.eval.reader import ReaderArguments, answering_contexts, evaluate_reader
from carrel.eval.result import EvalResult, Stage
from carrel.eval.retrieval import RetrievalArguments, evaluate_retrieval
from carrel.eval.temporary import indexed_platform
from carrel.settings import Settings

if TYPE_CHECKING:
    from carrel.platform import Platform
    from carrel.readers import SpanReader


@dataclass(frozen=True, slots=True)
class Plan:
    """One measurement: a stage, the dataset's path, and the arguments of that stage.

    `collection` is None when the dataset's own texts are indexed for it, or nothing is searched.
    """

    stage: Stage
    dataset: str
    split: str | None = None
    collection: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    on_bad: Literal["refuse", "skip"] = "refuse"

    def open_dataset(self) -> Dataset:
        """Read the dataset that is measured on."""
        return open_dataset(self.dataset, self.split, on_bad=self.on_bad)

    @property
    def searches(self) -> bool:
        """Whether a collection is needed: a reader that reads the texts of the dataset needs none."""
        return self.stage != "reader" or self.arguments.get("on") == "retrieved"

    @property
    def models(self) -> tuple[str, ...]:
        """The kinds of models that take part, as far as the plan alone can say."""
        if self.stage == "retrieval":
            return () if self.arguments.get("mode") == "bm25" else ("encoder",)
        return ("encoder", "reader") if self.searches else ("reader",)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@contextmanager
def opened_desk(
    dataset: Dataset,
    collection: str | None,
    home: Path,
    settings: Settings,
    *,
    embed: bool = True,
    on_index: Any = None,
) -> Iterator[Platform]:
    """Open a collection of the home; None indexes the dataset's texts into one that is gone afterwards."""
    from carrel.platform import Platform

    if collection is None:
        with indexed_platform(dataset, settings=settings, embed=embed, on_progress=on_index) as desk:
            yield desk
        return
    with Platform(home, collection=collection, settings=settings) as desk:
        yield desk


def measure(
    plan: Plan, dataset: Dataset, desk: Platform | None, settings: Settings, on_progress: Progress = no_progress
) -> EvalResult:
    """Carry out a plan on a dataset that was read and, where it searches, on an opened collection."""
    result = _measure(plan, dataset, desk, settings, on_progress)
    if not dataset.problems.total:
        return result
    return replace(result, further={**result.further, "problems": dataset.problems.to_json()})


def _measure(
    plan: Plan, dataset: Dataset, desk: Platform | None, settings: Settings, on_progress: Progress
) -> EvalResult:
    if plan.stage == "reader":
        return _measure_reader(plan, dataset, desk, settings, on_progress)
    if desk is None:
        raise UserError(f"The stage {plan.stage!r} needs a collection to search")
    if plan.stage == "retrieval":
        return evaluate_retrieval(desk, dataset, RetrievalArguments(**plan.arguments), on_progress)
    arguments = PipelineArguments(**plan.arguments)
    return evaluate_pipeline(desk, dataset, arguments, on_progress, system=settings.search.mode)


def plan_reader(plan: Plan, settings: Settings) -> SpanReader:
    """Return the reader of a plan: the one it names, or that of the settings."""
    from carrel.readers import SpanReader

    return SpanReader(
        plan.arguments.get("model") or settings.models.reader,
        threads=settings.models.threads,
        backend=settings.models.backend,
        rank_weight=settings.ask.rank_weight if plan.arguments.get("on") == "retrieved" else 0.0,
    )


def _measure_reader(
    plan: Plan, dataset: Dataset, desk: Platform | None, settings: Settings, on_progress: Progress
) -> EvalResult:
    options = dict(plan.arguments)
    name = options.pop("model", None) or settings.models.reader
    on, read = options.pop("on", "gold"), options.pop("retriever_top_k", None)
    arguments = ReaderArguments(**options)
    reader = plan_reader(plan, settings)
    if on == "group":
        system = f"{name} on each group's answering texts"
        return evaluate_reader(reader, dataset, arguments, on_progress, system=system, retrieved=answering_contexts)
    if on == "gold" or desk is None:
        return evaluate_reader(reader, dataset, arguments, on_progress, system=name)

    def retrieved(question: OpenQuestion) -> list[Document]:
        return desk.retrieve(question.text, top_k=read or settings.ask.retriever_top_k, filters=question.filters)

    system = f"{name} on retrieved passages"
    return evaluate_reader(reader, dataset, arguments, on_progress, system=system, retrieved=retrieved)
