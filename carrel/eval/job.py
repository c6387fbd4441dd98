"""Evaluation as a job: a worker measures, the records keep the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from carrel.eval.plan import Plan, measure, opened_desk
from carrel.eval.recording import recorded
from carrel.platform.labels import export_labels
from carrel.records.database import Records
from carrel.records.job import Job
from carrel.records.labels import Labels
from carrel.records.queue import JobQueue
from carrel.records.run import RunRecord
from carrel.records.running import JobFunction, JobRun
from carrel.records.runs import Runs
from carrel.settings import Settings

__all__ = ["EVALUATE", "LABELS_FOLDER", "EvaluationRequest", "evaluation_jobs", "queue_evaluation"]

EVALUATE = "evaluate"
LABELS_FOLDER = "evaluations"
"""Where in a home the files lie that labels were written to, to measure on them."""


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What an evaluation job is asked to do: carry out a plan.

    With `labels`, the plan's dataset is the labels that its collection has when the job begins.
    """

    plan: Plan
    labels: bool = False

    def arguments(self) -> dict[str, Any]:
        """Return the request as a job's arguments."""
        return asdict(self)

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> EvaluationRequest:
        """Return the request that a job's arguments stand for."""
        return cls(Plan(**arguments["plan"]), arguments["labels"])


class _StoppedError(Exception):
    """The job is to end: nothing is kept of what was measured."""


def queue_evaluation(queue: JobQueue, collection: str, request: EvaluationRequest) -> Job:
    """Queue an evaluation; `collection` is the one that it belongs to in the list of jobs."""
    return queue.add(EVALUATE, collection, request.arguments())


def evaluation_jobs(home: Path) -> dict[str, JobFunction]:
    """Return the jobs of this room, by name, for a worker of this home."""

    def evaluate(job: Job, run: JobRun) -> Mapping[str, Any]:
        settings = Settings.load(home)
        records = Records.at(home, settings.records.url)
        try:
            request = EvaluationRequest.of(job.arguments)
            if request.labels:
                request = _on_labels(request, home, records, job)
            kept = Runs(records).add(_carried_out(request.plan, home, settings, run))
        except _StoppedError:
            return {}
        finally:
            records.close()
        return {"run": kept.id, "dataset": kept.dataset, "stage": kept.stage}

    return {EVALUATE: evaluate}


def _carried_out(plan: Plan, home: Path, settings: Settings, run: JobRun) -> RunRecord:
    def progress(done: int, total: int) -> None:
        run.progress("measuring", done, total, "questions")
        if run.should_stop():
            raise _StoppedError

    def indexing(stage: str, done: int, total: int | None, unit: str, source: str = "") -> None:
        run.progress(stage, done, total, unit, source)
        if run.should_stop():
            raise _StoppedError

    dataset = plan.open_dataset()
    if not plan.searches:
        return recorded(plan, measure(plan, dataset, None, settings, progress), None, settings)
    embed = "encoder" in plan.models
    with opened_desk(dataset, plan.collection, home, settings, embed=embed, on_index=indexing) as desk:
        return recorded(plan, measure(plan, dataset, desk, settings, progress), desk, settings)


def _on_labels(request: EvaluationRequest, home: Path, records: Records, job: Job) -> EvaluationRequest:
    """Write the labels of the collection to a file that stays, so that the run can be done again."""
    from carrel.platform import Platform

    folder = home / LABELS_FOLDER / str(job.id)
    folder.mkdir(parents=True, exist_ok=True)
    name = request.plan.collection or job.collection
    file = folder / f"labels-{name}.json"  # the name of the dataset: runs on labels can be compared with each other
    with Platform(home, collection=name) as desk:
        export_labels(file, desk.store, Labels(records, name))
    return replace(request, plan=replace(request.plan, dataset=str(file)))
