"""Evaluation as a job: a worker measures on the collected labels and keeps the run; cancelled, it keeps nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from carrel.eval.job import EvaluationRequest, evaluation_jobs, queue_evaluation
from carrel.eval.plan import Plan
from carrel.platform import Platform
from carrel.platform.labels import keep_label
from carrel.records.database import Records
from carrel.records.job import JobState
from carrel.records.label import Label
from carrel.records.labels import Labels
from carrel.records.queue import JobQueue
from carrel.records.runs import Runs
from carrel.records.worker import Worker
from carrel.types import Span

TEXT = "The Tay Bridge collapsed in a violent storm on 28 December 1879."
ANSWER = "a violent storm"
QUESTION = "What did the Tay Bridge collapse in?"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "bridge.txt").write_text(TEXT, encoding="utf-8")
    with Platform(tmp_path / "home") as desk:
        desk.index(tmp_path / "bridge.txt")
        version = desk.store.source("bridge.txt").version
        span = Span(TEXT.index(ANSWER), TEXT.index(ANSWER) + len(ANSWER))
        records = Records.at(desk.home)
        assert keep_label(desk.store, Labels(records, "default"), Label(QUESTION, "bridge.txt", version, span))
        records.close()
    return tmp_path / "home"


@pytest.mark.parametrize("stage", ["pipeline", "retrieval", "reader"])
def test_a_run_on_the_labels_is_kept(home: Path, stage) -> None:
    arguments = {"mode": "bm25"} if stage == "retrieval" else {}
    plan = Plan(stage, "", None, None if stage == "reader" else "default", arguments)
    records = Records.at(home)
    queue = JobQueue(records)
    queue_evaluation(queue, "default", EvaluationRequest(plan, labels=True))
    Worker(queue, evaluation_jobs(home)).work(threading.Event(), once=True)
    [job] = queue.jobs()
    assert job.state is JobState.DONE, job.error
    run = Runs(records).get(job.result["run"])
    records.close()
    assert [question.query for question in run.questions] == [QUESTION]
    assert (run.dataset, run.stage) == ("labels-default", stage)
    assert Path(run.plan["dataset"]).is_file()


def test_a_cancelled_evaluation_keeps_nothing(home: Path) -> None:
    records = Records.at(home)
    queue = JobQueue(records)
    queue_evaluation(queue, "default", EvaluationRequest(Plan("pipeline", "", None, "default"), labels=True))
    claim = queue.claim(["evaluate"])
    queue.cancel(claim.job.id)
    from carrel.records.running import run_claimed

    assert run_claimed(queue, claim, _once_cancelled(evaluation_jobs(home)["evaluate"]), threading.Event())
    [job] = queue.jobs()
    assert (job.state, Runs(records).summaries()) == (JobState.CANCELLED, [])
    records.close()


def _once_cancelled(function):
    """Let the job's beat hear of the cancelling before the function begins."""

    def run_it(job, run):
        while not run.should_stop():
            pass
        return function(job, run)

    return run_it
