"""The worker that the desk starts when there is none, and keeps while the desk is open."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

from carrel.platform.worker_presence import a_worker_is_there

_LOOK_SECONDS = 2.0
_NICENESS = 5
"""A question that somebody waits for comes before indexing."""
_LEAVE_SECONDS = 20.0

_log = logging.getLogger(__name__)


class WorkerKeeper:
    """Looks whether a worker of this home is there, and starts one if not, again and again until it is closed."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._closed = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="worker keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the worker, if it is ours: its job goes back into the queue."""
        self._closed.set()
        self._thread.join()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_LEAVE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _keep(self) -> None:
        wait = _LOOK_SECONDS
        while not self._closed.is_set():
            if self._process is not None and self._process.poll() is not None:
                _log.warning("the worker ended with %s; another is started", self._process.returncode)
                self._process, wait = None, min(2 * wait, 60.0)
            if self._process is None and not a_worker_is_there(self._home):
                self._process = _started(self._home)
            self._closed.wait(wait)


def _started(home: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "carrel", "worker", "--home", str(home)]
    process = subprocess.Popen(  # noqa: S603  # our own command
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=home, start_new_session=True
    )
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
    return process
