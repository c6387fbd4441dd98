"""Jobs wait, run, end, and change hands when their worker dies."""

import os
import subprocess
import sys
import threading

import pytest

from carrel.errors import UnknownJobError, UserError
from carrel.records.database import Records
from carrel.records.job import JobProgress, JobState
from carrel.records.queue import MOST_ATTEMPTS, JobLostError, JobQueue

ARGUMENTS = {"paths": ["/papers"], "again": False, "naïve": None}


def test_a_job_keeps_what_it_was_given(queue):
    job = queue.add("index", "papers", ARGUMENTS)
    assert queue.get(job.id) == job
    assert (job.name, job.collection, job.arguments, job.state) == ("index", "papers", ARGUMENTS, JobState.QUEUED)
    assert (job.attempts, job.owner, job.seconds) == (0, None, None)


def test_the_oldest_of_known_names_is_claimed_first(queue):
    first, other, second = (queue.add(name, "c", {}).id for name in ("index", "adapt", "index"))
    assert [queue.claim(["index"]).job.id, queue.claim(["index"]).job.id] == [first, second]
    assert queue.claim(["index"]) is None
    assert queue.claim(["index", "adapt"]).job.id == other


def test_progress_is_there_for_everybody(queue):
    queue.add("index", "c", {})
    claim = queue.claim(["index"])
    assert claim.job.owner == f"process {os.getpid()} on {os.uname().nodename}"
    progress = JobProgress("embedding", 3, 10, "texts", "a.txt", 1.5, 4.7)
    assert queue.beat(claim, progress) is False
    assert queue.get(claim.job.id).progress == progress


def test_a_running_job_hears_that_it_is_cancelled(queue):
    queue.add("index", "c", {})
    claim = queue.claim(["index"])
    assert queue.cancel(claim.job.id).state is JobState.RUNNING
    assert queue.beat(claim, JobProgress()) is True
    assert queue.finish(claim, JobState.CANCELLED).state is JobState.CANCELLED
    with pytest.raises(UserError, match="cancelled already"):
        queue.cancel(claim.job.id)


def test_a_waiting_job_is_cancelled_at_once_and_can_be_tried_again(queue):
    job = queue.add("index", "c", {})
    assert queue.cancel(job.id).state is JobState.CANCELLED
    assert queue.claim(["index"]) is None
    again = queue.retry(job.id)
    assert (again.state, again.attempts, again.finished) == (JobState.QUEUED, 0, None)
    assert queue.claim(["index"]).job.id == job.id
    with pytest.raises(UserError, match="is running"):
        queue.retry(job.id)


def test_an_unknown_number(queue):
    with pytest.raises(UnknownJobError, match="carrel jobs list"):
        queue.get(77)


def test_what_was_put_back_waits_for_its_time(queue):
    job = queue.add("index", "c", {})
    released = queue.release(queue.claim(["index"]), delay=60, reason="the nightly run holds the collection")
    assert (released.state, released.attempts, released.error) == ("queued", 0, "the nightly run holds the collection")
    assert queue.claim(["index"]) is None
    queue.cancel(job.id)


def test_a_silent_worker_loses_its_job(records):
    impatient = JobQueue(records, lease_seconds=-1)
    impatient.add("index", "c", {})
    lost = impatient.claim(["index"])
    assert impatient.get(lost.job.id).state is JobState.INTERRUPTED
    queue = JobQueue(records)
    taken = queue.claim(["index"])
    assert (taken.job.id, taken.job.attempts) == (lost.job.id, 2)
    with pytest.raises(JobLostError):
        impatient.beat(lost, JobProgress())
    with pytest.raises(JobLostError):
        impatient.finish(lost, JobState.DONE)
    assert queue.finish(taken, JobState.DONE, result={"indexed": 1}).result == {"indexed": 1}


def test_what_kills_every_worker_is_not_begun_again(records):
    impatient = JobQueue(records, lease_seconds=-1)
    job = impatient.add("index", "c", {})
    for _ in range(MOST_ATTEMPTS):
        claim = impatient.claim(["index"])
        impatient.beat(claim, JobProgress("indexing", 1, 2, "sources", "poison.pdf"))
    assert impatient.claim(["index"]) is None
    failed = impatient.get(job.id)
    assert failed.state is JobState.FAILED
    assert "poison.pdf" in failed.error


def test_a_job_in_the_foreground_takes_up_the_same_one_that_was_killed(records, queue):
    killed = JobQueue(records, lease_seconds=-1).begin("index", "c", ARGUMENTS)
    assert queue.begin("index", "c", {**ARGUMENTS, "again": True}).job.id != killed.job.id
    assert queue.begin("index", "c", ARGUMENTS).job.id == killed.job.id
    assert queue.begin("index", "c", ARGUMENTS).job.id != killed.job.id


def test_a_dead_process_on_this_machine_is_noticed_at_once(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from carrel.records.database import Records; from carrel.records.queue import JobQueue\n"
        "queue = JobQueue(Records.at(Path(sys.argv[1])))\n"
        "queue.add('index', 'c', {}); queue.claim(['index'])\n"
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    records = Records.at(tmp_path)
    queue = JobQueue(records)
    [job] = queue.jobs()
    assert job.state is JobState.INTERRUPTED
    assert queue.claim(["index"]).job.id == job.id
    records.close()


def test_no_job_is_claimed_twice(queue):
    ids = [queue.add("index", "c", {}).id for _ in range(30)]
    claimed: list[int] = []

    def work():
        while claim := queue.claim(["index"]):
            claimed.append(claim.job.id)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(claimed) == ids


def test_the_list_is_newest_first(queue):
    ids = [queue.add("index", collection, {}).id for collection in ("a", "b", "a")]
    assert [job.id for job in queue.jobs()] == ids[::-1]
    assert [job.id for job in queue.jobs(collection="a")] == [ids[2], ids[0]]
    assert [job.id for job in queue.jobs(limit=1)] == [ids[2]]
    queue.cancel(ids[2])
    assert [job.id for job in queue.jobs(unfinished=True)] == [ids[1], ids[0]]
