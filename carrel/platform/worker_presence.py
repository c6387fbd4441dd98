"""Whether a worker of a home is there: each holds a lock on a file of the home, which the system lets go at its end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if os.name == "posix":
    import fcntl

LOCK = "worker.lock"


@contextmanager
def present_worker(home: Path) -> Iterator[None]:
    """Count as a worker of this home until the block is left; there may be several."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK).open("a") as file:
        if os.name == "posix":
            fcntl.flock(file, fcntl.LOCK_SH)
        yield


def a_worker_is_there(home: Path) -> bool:
    """Tell whether some process of this machine works on the home's jobs; always False where files have no such locks.

    A worker too many does no harm: every job is given to one of them.
    """
    if os.name != "posix" or not (home / LOCK).exists():
        return False
    with (home / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
