"""Build a collection of made passages and vectors, and state rates, memory and disk: the job that `carrel index` runs.

    python benchmarks/million.py FOLDER [--rows 1000000]

FOLDER gets `rows.jsonl` and `home/`; a build that was stopped goes on where it was. Prints one JSON object: passages
and vectors made in a second (of wall time, and of the CPU time of all threads, which other programs disturb less), in
the first and in the last tenth too; the peak of anonymous memory (RssAnon, Linux), of the process before it begins and
of each stage; bytes on the disk. Texts go through `Platform.index`, vectors through `embed_missing` with an encoder
that takes next to no time.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from passages import Passages

from carrel import Platform
from carrel.indexing.embedding import embed_missing

_SAMPLE_SECONDS = 0.05
_VECTOR_BATCH = 2000


def anonymous_mib() -> float:
    """Return the anonymous memory of this process in MiB."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("RssAnon"))


@contextmanager
def peak_memory() -> Iterator[Callable[[], float]]:
    """Watch the anonymous memory of this process; the function given returns its peak in MiB."""
    peak = [anonymous_mib()]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_SAMPLE_SECONDS):
            peak[0] = max(peak[0], anonymous_mib())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield lambda: peak[0]
    finally:
        done.set()
        watcher.join()


@dataclass
class Clock:
    """When a stage stood where: (units done, wall seconds, CPU seconds)."""

    marks: list[tuple[int, float, float]] = field(default_factory=list)

    def mark(self, done: int) -> None:
        self.marks.append((done, time.perf_counter(), time.process_time()))

    def progress(self, _stage: str, done: int, *_: object) -> None:
        """Note the progress of a stage; what a job calls back."""
        if not self.marks or done - self.marks[-1][0] >= 500:
            self.mark(done)

    def rates(self) -> dict[str, float]:
        """Return units a second: of the whole stage, and of its first and last tenth by CPU time."""
        tenth = max(1, (len(self.marks) - 1) // 10)
        return {
            "per_second": _rate(self.marks[0], self.marks[-1], 1),
            "per_cpu_second": _rate(self.marks[0], self.marks[-1], 2),
            "per_cpu_second_first_tenth": _rate(self.marks[0], self.marks[tenth], 2),
            "per_cpu_second_last_tenth": _rate(self.marks[-1 - tenth], self.marks[-1], 2),
        }


def _rate(begin: tuple[int, float, float], end: tuple[int, float, float], clock: int) -> float:
    return round((end[0] - begin[0]) / max(1e-9, float(end[clock] - begin[clock])), 1)


def build(folder: Path, rows: int) -> dict[str, Any]:
    """Build the collection and return the figures."""
    made = Passages()
    file = folder / "rows.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        aside = file.with_suffix(".new")
        made.write(aside, rows)
        aside.rename(file)
    figures: dict[str, Any] = {"rows": rows}
    with Platform(folder / "home") as desk:
        desk.encoder.tokenizer.encode("loaded before the memory is measured")
        figures["rss_anon_mib_before"] = round(anonymous_mib(), 1)
        for name, stage in {
            "texts": lambda clock: desk.index(file, embed=False, on_progress=clock.progress),
            "vectors": lambda clock: embed_missing(desk.store, made, on_progress=clock.progress, batch=_VECTOR_BATCH),
        }.items():
            clock = Clock()
            clock.mark(0)
            with peak_memory() as peak:
                stage(clock)
            figures[name] = {**clock.rates(), "rss_anon_mib_peak": round(peak(), 1)}
        statistics = desk.store.statistics()
        figures |= {"bytes": {n: statistics[n] for n in ("sql", "text", "vectors")}, "passages": statistics["passages"]}
    return figures


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    arguments = parser.parse_args()
    print(json.dumps(build(arguments.folder, arguments.rows)))


if __name__ == "__main__":
    main()
