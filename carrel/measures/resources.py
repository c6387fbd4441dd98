"""Time and memory as values: latency, throughput, peak memory."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from carrel.measures.intervals import percentile
from carrel.measures.measured import Measured, Measurement, NotMeasured


@dataclass(frozen=True, slots=True)
class Latency:
    """Quantiles of the seconds that single calls took; None without calls."""

    p50: float | None
    p95: float | None
    calls: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Latency:
        return cls(percentile(seconds, 0.5), percentile(seconds, 0.95), len(seconds))

    def to_json(self) -> dict[str, float | int | None]:
        return {"p50": self.p50, "p95": self.p95, "calls": self.calls}


@dataclass(frozen=True, slots=True)
class Throughput:
    """So many units of work in so many seconds of wall time."""

    count: int
    seconds: float
    unit: str

    @property
    def per_second(self) -> float | None:
        """The rate; None where no time was taken."""
        return self.count / self.seconds if self.seconds > 0 else None

    def to_json(self) -> dict[str, float | int | str | None]:
        return {"count": self.count, "seconds": self.seconds, "unit": self.unit, "per second": self.per_second}


def peak_memory() -> Measurement:
    """Return the most memory that this process has held in RAM so far, in bytes; not known on Windows."""
    status = Path("/proc/self/status")
    if status.is_file():
        # `getrusage` would count what a larger parent held before this program was started.
        line = next((line for line in status.read_text().splitlines() if line.startswith("VmHWM:")), None)
        if line is not None:
            return Measured(float(line.split()[1]) * 1024)
    try:
        import resource
    except ImportError:
        return NotMeasured("this system does not tell a process its peak memory")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Measured(float(peak if sys.platform == "darwin" else peak * 1024))
