"""A desk that really runs: `carrel ui` in a process of its own, as its user starts it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from carrel.platform.jobs import open_queue
from carrel.records.job import FINISHED, Job
from carrel.settings import Settings


@dataclass(frozen=True)
class Served:
    """Where the desk is, and its home."""

    address: str
    home: Path
    process: subprocess.Popen[str]

    def jobs(self) -> list[Job]:
        """Return the jobs of the home, newest first."""
        with open_queue(self.home, Settings.load(self.home)) as queue:
            return queue.jobs()

    def is_idle(self) -> bool:
        return all(job.state in FINISHED for job in self.jobs())


@contextmanager
def served(home: Path, *options: str) -> Iterator[Served]:
    """Start the desk of a home at a free port, and end it as Ctrl-C does."""
    command = [sys.executable, "-m", "carrel", "ui", "--home", str(home), "--port", "0", "--no-browser", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        found = re.search(r"http://\S+", said)
        assert found, said + process.stderr.read()
        threading.Thread(target=process.stderr.read, daemon=True).start()  # so that it never waits to be heard
        yield Served(found[0], home, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(40)
        process.stderr.close()
