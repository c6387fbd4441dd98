"""Which process holds something: enough to name it to a person, and to tell whether it is gone."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Owner:
    """A process on a host; `pid_space` names what process numbers mean there (None: they cannot be compared)."""

    host: str
    pid_space: str | None
    pid: int

    @classmethod
    def of_this_process(cls) -> Owner:
        return cls(socket.gethostname(), _pid_space(), os.getpid())

    @property
    def is_dead(self) -> bool:
        """Whether the process is known to be gone: only its own machine can tell."""
        if self.host != socket.gethostname() or self.pid_space is None or self.pid_space != _pid_space():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def _pid_space() -> str | None:
    """Name what process numbers mean here: containers may share a host name, not a space of process numbers."""
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return "host" if os.name == "posix" else None
