"""Jobs on the command line: queue, worker, list, show, cancel, retry; watching ends cleanly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.commands import Command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "kettle.txt").write_text("The kettle stands on the stove.", encoding="utf-8")
    return folder


@pytest.fixture
def carrel(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def test_a_job_from_the_queue_to_its_result(carrel: Command, folder: Path) -> None:
    queued = carrel.json("index", "--queue", str(folder))
    assert queued == {"job": 1, "state": "queued"}
    assert [job["state"] for job in carrel.json("jobs", "list", "--unfinished")["jobs"]] == ["queued"]
    [ran] = carrel.json("worker", "--once")["jobs"]
    assert (ran["id"], ran["state"], ran["result"]["indexed"]) == (1, "done", 1)
    shown = carrel.json("jobs", "show", "1")
    assert {"arguments", "progress", "result", "owner", "attempts", "seconds", "created"} <= shown.keys()
    assert "1 indexed, 0 failed" in carrel.text("jobs", "list")
    assert carrel.json("search", "kettle", "--mode", "bm25")["hits"]
    assert carrel.json("status")["jobs"] == []


def test_cancel_and_retry(carrel: Command, folder: Path) -> None:
    carrel.json("index", "--queue", str(folder))
    assert carrel.json("jobs", "cancel", "1")["state"] == "cancelled"
    assert carrel.json("worker", "--once") == {"jobs": []}
    assert carrel.json("jobs", "retry", "1")["state"] == "queued"
    assert "queued" in carrel.text("jobs", "show", "1")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["jobs", "show", "7"], "no job 7"),
        (["jobs", "cancel", "7"], "no job 7"),
        (["index"], "--retry-failed"),
        (["index", ".", "--retry-failed"], "not both"),
        (["index", ".", "--queue", "--watch"], "--watch"),
    ],
)
def test_what_makes_no_sense(carrel: Command, arguments: list[str], hint: str) -> None:
    outcome = carrel.run(*arguments)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert hint in outcome.err


def test_status_names_what_failed_and_how_to_try_again(carrel: Command, folder: Path) -> None:
    (folder / "empty.txt").write_text(" ", encoding="utf-8")
    assert carrel.run("index", str(folder), "--no-embed").code == 1
    [failed] = carrel.json("status")["failed"]
    assert {"source", "error", "reason", "stage", "attempts", "updated"} <= failed.keys()
    assert "--retry-failed" in carrel.text("status")
    assert carrel.run("index", "--retry-failed").code == 1
    (folder / "empty.txt").write_text("Full.", encoding="utf-8")
    assert carrel.json("index", "--retry-failed")["indexed"] == 1
    assert carrel.json("status")["failed"] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_watching_ends_cleanly(carrel: Command, folder: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "carrel", "index", str(folder), "--watch", "--json", "--home", str(carrel.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stderr is not None
        assert "1 indexed" in watching.stderr.readline()
        (folder / "new.txt").write_text("Tea is made of leaves.", encoding="utf-8")
        assert "1 indexed, 1 unchanged" in watching.stderr.readline()
        os.kill(watching.pid, number)
        out, err = watching.communicate(timeout=120)
    assert (watching.returncode, err) == (0, "")
    assert json.loads(out)["unchanged"] == 1
    left = [path.name for path in carrel.home.rglob("*") if path.name.endswith(("-wal", "-shm", ".new"))]
    assert left == []
    assert [job["state"] for job in carrel.json("jobs", "list")["jobs"]] == ["cancelled"]


def test_a_killed_worker_leaves_its_job_to_the_next(carrel: Command, folder: Path) -> None:
    for number in range(300):
        (folder / f"{number}.txt").write_text(f"Note {number}. " * 50, encoding="utf-8")
    carrel.json("index", "--queue", str(folder))
    command = [sys.executable, "-m", "carrel", "worker", "--home", str(carrel.home)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as worker:
        assert worker.stderr is not None
        worker.stderr.readline()
        time.sleep(0.5)
        worker.kill()
    [job] = carrel.json("jobs", "list")["jobs"]
    assert job["state"] in ("interrupted", "done")
    carrel.json("worker", "--once")
    [job] = carrel.json("jobs", "list")["jobs"]
    assert job["state"] == "done"
    assert carrel.json("status")["sources"] == {"indexed": 301}
