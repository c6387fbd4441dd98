"""The conversion process: converts one file after the other, under limits that the operating system holds.

The job starts it as `python -m carrel.indexing.conversion_worker MEMORY LIFELINE`, with the bytes of memory that one
file may take and the number of a pipe that nothing is ever written to. A process of its own, not a fork: the job may
have threads, and a script without a `__main__` guard may have started it.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import sys
from typing import Any

from carrel.errors import CarrelError, ConversionError
from carrel.indexing.conversion_wire import TOO_MUCH_MEMORY, pack, pack_converted, pack_error, receive
from carrel.indexing.converters import Converted
from carrel.indexing.converters.formats import Format

_PAGE = resource.getpagesize()
_HEADROOM = 1 << 26
"""Bytes of address space beyond the limit: memory that is reserved but not used does not count."""


def main() -> None:
    """Answer requests until the job closes the pipe or ends."""
    memory, lifeline = int(sys.argv[1]), int(sys.argv[2])
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    _leave_standard_streams()
    _end_with_job(lifeline)
    _limit(memory)
    replies.write(pack({"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}, b""))
    replies.flush()
    while (request := receive(requests)) is not None:
        header, data = request
        del request
        replies.write(_answer(header, data))
        replies.flush()
        del data


def _leave_standard_streams() -> None:
    """Point the standard streams nowhere: what a library prints must not come between the replies."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)


def _end_with_job(lifeline: int) -> None:
    """Have the kernel end this process when the other end of the pipe is closed, whatever either is doing then."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the job, which ends this process.
    if hasattr(os, "O_ASYNC"):
        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def _limit(memory: int) -> None:
    """Set the limits: address space beyond what is in use now, and no core files."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open("/proc/self/statm", "rb") as sizes:  # noqa: PTH123
            in_use = int(sizes.read().split()[0]) * _PAGE
    except OSError:
        return  # Where the kernel does not tell, it does not hold this limit either.
    resource.setrlimit(resource.RLIMIT_AS, (in_use + memory + _HEADROOM,) * 2)


def _answer(header: dict[str, Any], data: bytes) -> bytes:
    try:
        return pack_converted(_convert(header, data))
    except ConversionError as error:
        return pack_error(error.error, error.reason)
    except CarrelError as error:
        return pack_error("cannot be converted", str(error))
    except MemoryError:
        return pack_error(TOO_MUCH_MEMORY, "")


def _convert(header: dict[str, Any], data: bytes) -> Converted:
    try:
        return Format(header["media_type"], header["module"]).convert(data, header["name"])
    except ConversionError as error:
        if error.error != "no text layer" or not header["languages"]:
            raise
    from carrel.indexing.converters.recognition import recognise

    return recognise(data, header["name"], header["languages"])


if __name__ == "__main__":
    main()
