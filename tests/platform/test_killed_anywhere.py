"""Indexing that is killed in one stage after the other loses nothing; `benchmarks/kill.py` is the long form of this."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

KILL = Path(__file__).parents[2] / "benchmarks" / "kill.py"


@pytest.mark.slow
def test_seven_kills(tmp_path: Path) -> None:
    # A process of its own: it forks, which must not happen beside the threads of other tests.
    command = [sys.executable, KILL, "--kills", "7", "--files", "24", "--rows", "10", "--queries", "5", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["wrong"] == []
    assert sum(report["kills"].values()) == 7
    assert len(report["kills"]) >= 4
