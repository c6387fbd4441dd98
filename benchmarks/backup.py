"""Time backup, restore and verification of a collection of made-up passages with vectors.

    python benchmarks/backup.py --passages 100000 --folder SCRATCH [--repeat 3]

Texts are words drawn by rank (Zipf) from a vocabulary of 50,000, about 600 characters a passage, ten passages a
source; vectors are random directions, which no compression helps. The collection is kept in SCRATCH for the next run.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from carrel.stores.embedded.backup import write_backup
from carrel.stores.embedded.restore import restore_backup
from carrel.stores.embedded.store import EmbeddedStore
from carrel.types import CanonicalText, SourceInfo, SourceVersion, Span

PASSAGES_PER_SOURCE = 10
SOURCES_PER_BATCH = 400
WORDS = 100
DIMENSION = 384
FINGERPRINT = "made-up"


def sources(count: int, seed: int = 0) -> list[SourceVersion]:
    """Return one batch of sources."""
    random = np.random.default_rng(seed)
    made = []
    for number in range(count):
        ranks = np.minimum(random.zipf(1.2, WORDS * PASSAGES_PER_SOURCE), 50_000)
        pieces = [" ".join(f"w{rank}" for rank in part) for part in np.split(ranks, PASSAGES_PER_SOURCE)]
        starts = np.cumsum([0, *(len(piece) + 1 for piece in pieces)]).tolist()
        spans = tuple(Span(start, start + len(piece)) for start, piece in zip(starts, pieces, strict=False))
        info = SourceInfo(uri=f"{seed}-{number}.txt", content_hash=f"{seed}-{number}", meta={"group": number % 100})
        made.append(SourceVersion(info, CanonicalText(" ".join(pieces), title=f"Source {number}"), spans))
    return made


def fill(folder: Path, passages: int) -> None:
    """Write the collection, unless it is there."""
    store = EmbeddedStore(folder)
    random = np.random.default_rng(0)
    with store.lease("benchmark"):
        for seed in range(passages // (PASSAGES_PER_SOURCE * SOURCES_PER_BATCH)):
            store.write_sources(sources(SOURCES_PER_BATCH, seed))
            while missing := store.missing_vectors(FINGERPRINT, limit=4000):
                drawn = random.normal(size=(len(missing), DIMENSION)).astype(np.float32)
                drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
                store.write_vectors(FINGERPRINT, [name for name, _ in missing], drawn)
    store.close()


def timed(repeat: int, call: Callable[[], object]) -> str:
    """Return the shortest of several times, and the processor time of that one, in seconds."""
    times = []
    for _ in range(repeat):
        began, used = time.perf_counter(), time.process_time()
        call()
        times.append((time.perf_counter() - began, time.process_time() - used))
    wall, processor = min(times)
    return f"{wall:.1f} s ({processor:.1f} s of processor time)"


def main() -> None:
    """Print sizes in MB and the best of the repeated times in seconds."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--passages", type=int, default=100_000)
    options.add_argument("--folder", type=Path, required=True)
    options.add_argument("--repeat", type=int, default=3)
    given = options.parse_args()
    collection, file = given.folder / f"c{given.passages}", given.folder / f"c{given.passages}.backup"
    if not collection.exists():
        fill(collection, given.passages)
    store = EmbeddedStore(collection)
    print({name: size for name, size in store.statistics().items() if isinstance(size, int)}, flush=True)
    store.close()
    taken = timed(given.repeat, lambda: write_backup(collection, file, replace=True))
    print(f"backup: {taken}, {file.stat().st_size / 1e6:.0f} MB", flush=True)
    target = given.folder / "restored"
    taken = timed(given.repeat, lambda: restore_backup(file, target, collection="default", replace=True))
    print(f"restore, searchable: {taken}")
    store = EmbeddedStore(target)
    print(f"verify: {timed(given.repeat, store.verify)}")
    store.close()
    shutil.rmtree(target)


if __name__ == "__main__":
    main()
