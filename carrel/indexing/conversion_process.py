"""The job's end of the conversion process: starting it, asking it, watching its time and memory, ending it."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

from carrel.errors import CarrelError, UserError
from carrel.indexing.conversion_wire import PREFIX, frame_size, unpack

_CHUNK = 1 << 18
_TICK = 0.1
"""Seconds between two looks at the memory of a process that is busy."""
_START_SECONDS = 60.0
_FRESH = 0.25
"""Share of the memory limit that a process may keep from the files before; with more it is replaced."""
_NEARLY = 0.8
"""Share of the memory limit with which a crash is taken for a lack of memory: C code ends itself then."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


class ProcessStartError(UserError):
    """The conversion process does not start."""


class TimeExceededError(CarrelError):
    """The process took longer than it may."""


class MemoryExceededError(CarrelError):
    """The process took more memory than it may."""


class CrashedError(CarrelError):
    """The process ended before it answered; the message says how."""


class ConversionProcess:
    """One process that answers a request at a time; `memory` is what one file may take, in bytes.

    It has a session of its own, so that Ctrl-C does not reach it and whatever it starts ends with it.
    """

    def __init__(self, memory: int) -> None:
        self._memory = memory
        lifeline, self._lifeline = os.pipe()
        command = [sys.executable, "-P", "-m", "carrel.indexing.conversion_worker", str(memory), str(lifeline)]
        paths = os.pathsep.join(path for path in sys.path if path)
        try:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pass_fds=[lifeline],
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": paths, "PYTHONWARNINGS": "ignore"},
            )
        except BaseException:
            os.close(self._lifeline)
            raise
        finally:
            os.close(lifeline)
        assert self._process.stdin is not None  # noqa: S101
        assert self._process.stdout is not None  # noqa: S101
        self._requests = self._process.stdin.fileno()
        self._replies = self._process.stdout.fileno()
        os.set_blocking(self._requests, False)
        self._is_ready = False
        self._resident_at_start = 0
        self._peak_at_start = 0

    @property
    def is_running(self) -> bool:
        """Tell whether the process is there to be asked."""
        if self._process.returncode is not None:
            return False
        # It stays unreaped, so that its number is still its own when `close` ends its group.
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    @property
    def is_fresh(self) -> bool:
        """Tell whether the process holds little of the files before."""
        return self.is_running and self._memory_in_use() < self._memory * _FRESH

    def ask(self, request: bytes, *, seconds: float) -> bytearray:
        """Send a request and return the frame of its reply; a process that fails is ended.

        Raises:
            TimeExceededError: the reply took longer than `seconds`.
            MemoryExceededError: the process took more memory than it may.
            CrashedError: the process ended without a reply.
            ProcessStartError: it did not even start.
        """
        try:
            if not self._is_ready:
                self._await_start()
            return self._exchange(request, time.monotonic() + seconds)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process and whatever it has started, and wait for its end."""
        if self._process.returncode is None:
            self._kill()
            self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def _await_start(self) -> None:
        try:
            header, _ = unpack(self._exchange(b"", time.monotonic() + _START_SECONDS))
        except (CrashedError, TimeExceededError, MemoryExceededError) as error:
            command = "python -m carrel.indexing.conversion_worker"
            reason = (
                f"The process that converts files does not start ({error or 'no answer'}); `{command}` may tell why"
            )
            raise ProcessStartError(reason) from error
        self._peak_at_start = header["peak"]
        self._resident_at_start = self._resident()
        self._is_ready = True

    def _exchange(self, request: bytes, deadline: float) -> bytearray:
        outgoing = memoryview(request)
        incoming = bytearray()
        with selectors.DefaultSelector() as ends:
            ends.register(self._replies, selectors.EVENT_READ)
            if outgoing:
                ends.register(self._requests, selectors.EVENT_WRITE)
            while len(incoming) < PREFIX or len(incoming) < frame_size(incoming):
                ready = self._wait(ends, deadline)
                if self._requests in ready:
                    outgoing = self._send(outgoing)
                    if not outgoing:
                        ends.unregister(self._requests)
                if self._replies in ready:
                    chunk = os.read(self._replies, _CHUNK)
                    if not chunk:
                        raise self._crashed()
                    incoming += chunk
        return incoming

    def _wait(self, ends: selectors.BaseSelector, deadline: float) -> set[int]:
        """Return the ends that are ready, within the limits."""
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeExceededError
            ready = {key.fd for key, _ in ends.select(min(left, _TICK))}
            if ready:
                return ready
            if self._memory_in_use() > self._memory:
                raise MemoryExceededError

    def _send(self, outgoing: memoryview) -> memoryview:
        try:
            return outgoing[os.write(self._requests, outgoing[:_CHUNK]) :]
        except BlockingIOError:
            return outgoing
        except BrokenPipeError:
            raise self._crashed() from None

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _crashed(self) -> CarrelError:
        """Reap the process and say how it ended."""
        self._kill()
        _, status, usage = os.wait4(self._process.pid, 0)
        code = self._process.returncode = os.waitstatus_to_exitcode(status)
        # The peak may be the job's own, from before the process ran its own program.
        if usage.ru_maxrss > self._peak_at_start and usage.ru_maxrss * 1024 > self._memory * _NEARLY:
            return MemoryExceededError()
        return CrashedError(f"signal {-code}, {_signal_name(-code)}" if code < 0 else f"exit code {code}")

    def _memory_in_use(self) -> int:
        """Return the bytes that the process holds beyond those that it began with."""
        return self._resident() - self._resident_at_start

    def _resident(self) -> int:
        """Return the resident bytes of the process; 0 where the system does not tell."""
        try:
            return int(Path(f"/proc/{self._process.pid}/statm").read_bytes().split()[1]) * _PAGE
        except (OSError, IndexError):
            return 0


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
