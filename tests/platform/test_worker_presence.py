"""A worker is there as long as its process is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from carrel.platform.worker_presence import a_worker_is_there, present_worker

HOLD = (
    "import sys, time; from pathlib import Path; from carrel.platform.worker_presence import present_worker\n"
    "with present_worker(Path(sys.argv[1])):\n    print('there', flush=True); time.sleep(60)\n"
)


def test_several_workers_count_as_one_and_leave(tmp_path: Path) -> None:
    assert not a_worker_is_there(tmp_path)
    with present_worker(tmp_path), present_worker(tmp_path):
        assert a_worker_is_there(tmp_path)
    assert not a_worker_is_there(tmp_path)


def test_a_killed_worker_is_not_there_any_more(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout.readline() == "there\n"
        assert a_worker_is_there(tmp_path)
        worker.kill()
        worker.wait()
        assert not a_worker_is_there(tmp_path)
