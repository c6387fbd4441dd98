"""How soon a small change shows in a large collection, and which large files it touches.

    python benchmarks/million_change.py FOLDER [--runs 5]

FOLDER was built by `benchmarks/million.py`. A source is added, replaced and deleted, each time with its vector; the
seconds run from the call until another process's view of the collection (a second store) finds it by words and by
vector, or no longer does. `rewritten_bytes` are those of files over 8 MiB that are new or have another inode
afterwards: a database that grows in place keeps its own.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from passages import Passages

from carrel.stores.embedded.store import EmbeddedStore
from carrel.types import CanonicalText, SourceInfo, SourceVersion, Span

_LARGE = 8 << 20
_URI = "a small change.txt"
_POLL_SECONDS = 0.01
_PATIENCE_SECONDS = 60.0


def version(title: str, text: str) -> SourceVersion:
    """Return a source of one passage."""
    canonical = CanonicalText(text, title)
    return SourceVersion(SourceInfo(_URI, canonical.hash), canonical, (Span(0, len(text)),))


def large_files(folder: Path) -> dict[Path, int]:
    """Return the inodes of the large files."""
    statuses = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {path: status.st_ino for path, status in statuses.items() if status.st_size > _LARGE}


class Changes:
    """One source in two stores on the same collection: one is written to, the other asked."""

    def __init__(self, path: Path) -> None:
        self._made = Passages()
        self._title = self._made.titles[0]
        self._writer, self._reader = EmbeddedStore(path), EmbeddedStore(path)

    def write(self, text: str) -> None:
        """Write the source with this text, and its vector."""
        self._writer.write_sources([version(self._title, text)])
        if missing := self._writer.missing_vectors(self._made.fingerprint):
            vectors = self._made.encode([text for _, text in missing])
            self._writer.write_vectors(self._made.fingerprint, [digest for digest, _ in missing], vectors)

    def delete(self) -> None:
        """Delete the source."""
        self._writer.delete_sources([_URI])

    def finds(self, text: str) -> bool:
        """Say whether the source is found by its first word and by its vector."""
        vector = self._made.encode([f"{self._title}\n{text}"])[0]
        by_words = self._reader.bm25_search(text.split(maxsplit=1)[0], top_k=1)
        by_vector = self._reader.vector_search(vector, fingerprint=self._made.fingerprint, top_k=1)
        return bool(by_words) and (by_vector[0].score or 0.0) > 0.999

    def close(self) -> None:
        """Close both stores."""
        self._writer.close()
        self._reader.close()


def measure(folder: Path, runs: int) -> dict[str, Any]:
    """Return the best, the median and the worst of the runs for each kind of change."""
    path = folder / "home" / "collections" / "default"
    changes = Changes(path)
    changes.finds("opened and loaded before the clock runs")
    taken: dict[str, list[float]] = {}
    rewritten: dict[str, int] = {}
    for run in range(runs):
        first, second = f"zyxwvadded{run} in run {run}", f"zyxwvreplaced{run} in run {run}"
        steps: dict[str, tuple[Callable[[], object], Callable[[], bool]]] = {
            "add": (partial(changes.write, first), partial(changes.finds, first)),
            "replace": (partial(changes.write, second), partial(_found_instead, changes, second, first)),
            "delete": (changes.delete, partial(_is_gone, changes, second)),
        }
        for name, (change, shows) in steps.items():
            before = large_files(path)
            taken.setdefault(name, []).append(_seconds_until(change, shows))
            new = [file for file, inode in large_files(path).items() if before.get(file) != inode]
            rewritten[name] = rewritten.get(name, 0) + sum(file.stat().st_size for file in new)
    changes.close()
    return {
        name: {
            "seconds_best": round(min(seconds), 3),
            "seconds_median": round(statistics.median(seconds), 3),
            "seconds_worst": round(max(seconds), 3),
            "rewritten_bytes": rewritten[name],
        }
        for name, seconds in taken.items()
    }


def _found_instead(changes: Changes, text: str, before: str) -> bool:
    return changes.finds(text) and not changes.finds(before)


def _is_gone(changes: Changes, text: str) -> bool:
    return not changes.finds(text)


def _seconds_until(change: Callable[[], object], shows: Callable[[], bool]) -> float:
    began = time.perf_counter()
    change()
    while not shows():
        if time.perf_counter() - began > _PATIENCE_SECONDS:
            raise TimeoutError("a change does not show")
        time.sleep(_POLL_SECONDS)
    return time.perf_counter() - began


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.folder, arguments.runs), indent=1))


if __name__ == "__main__":
    main()
