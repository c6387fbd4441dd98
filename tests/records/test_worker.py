"""A worker runs what is registered, says how far it is, stops between batches, and survives what jobs raise."""

import threading
import time

import pytest

from carrel.errors import LeaseError, UserError
from carrel.records.job import JobState
from carrel.records.running import run_here
from carrel.records.worker import Worker


def work(queue, function, *, stop=None):
    """Run what is queued; returns the jobs as they ended."""
    ended = []
    Worker(queue, {"count": function}).work(stop or threading.Event(), once=True, on_end=ended.append)
    return ended


def test_jobs_run_in_order_and_leave_their_results(queue):
    for number in range(3):
        queue.add("count", "c", {"number": number})
    ended = work(queue, lambda job, run: {"square": job.arguments["number"] ** 2})
    assert [job.result["square"] for job in ended] == [0, 1, 4]
    assert {job.state for job in queue.jobs()} == {JobState.DONE}


def test_what_a_job_says_can_be_read_while_it_runs(queue):
    seen = []

    def count(job, run):
        for number in range(1, 200):
            run.progress("counting", number, 400, "numbers", f"number {number}")
            time.sleep(0.01)
            seen.append(queue.get(job.id).progress)
        return {}

    queue.add("count", "c", {})
    work(queue, count)
    told = [progress for progress in seen if progress.rate]
    assert told
    assert told[-1].stage == "counting"
    assert told[-1].total == 400
    assert told[-1].source.startswith("number ")
    assert told[-1].remaining == pytest.approx((400 - told[-1].done) / told[-1].rate)


def test_a_cancelled_job_stops_between_batches(queue):
    batches = []

    def count(job, run):
        queue.cancel(job.id)
        while not run.should_stop():
            batches.append(1)
            time.sleep(0.01)
        return {"batches": len(batches)}

    queue.add("count", "c", {})
    [job] = work(queue, count)
    assert job.state is JobState.CANCELLED
    assert job.result == {"batches": len(batches)}


def test_a_worker_that_is_told_to_end_puts_its_job_back(queue):
    stop = threading.Event()

    def count(job, run):
        stop.set()
        assert run.should_stop()
        return {}

    queue.add("count", "c", {})
    [job] = work(queue, count, stop=stop)
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)


@pytest.mark.parametrize(
    ("error", "state", "message"),
    [
        (UserError("no such file"), JobState.FAILED, "no such file"),
        (ZeroDivisionError("division by zero"), JobState.FAILED, "ZeroDivisionError: division by zero"),
        (LeaseError("the nightly run is writing"), JobState.QUEUED, "the nightly run is writing"),
    ],
)
def test_what_a_job_raises(queue, error, state, message):
    def fail(job, run):
        raise error

    queue.add("count", "c", {})
    [job] = work(queue, fail)
    assert (job.state, job.error) == (state, message)


def test_a_job_in_the_foreground_raises_and_is_recorded(queue):
    def fail(job, run):
        raise UserError("no such file")

    with pytest.raises(UserError, match="no such file"):
        run_here(queue, queue.begin("count", "c", {}), fail, threading.Event())
    [job] = queue.jobs()
    assert (job.state, job.error) == (JobState.FAILED, "no such file")


def test_a_job_in_the_foreground_that_is_interrupted(queue):
    stop = threading.Event()

    def count(job, run):
        stop.set()
        return {"stopped": run.should_stop()}

    assert run_here(queue, queue.begin("count", "c", {}), count, stop).state is JobState.CANCELLED
