"""Segments of vectors as files: written from the log a page at a time, and mapped into memory to be searched.

A segment named N is `N.rows.npy` (passages, the revisions that added and removed them, and their lists; shape (4, n))
either `N.float32` (the vectors one after the other) or `N.faiss` (inverted lists, 8 bits a dimension), and `N.sums`
with their checksums.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carrel.stores.contract import Vectors
from carrel.stores.embedded.faiss_library import gpu_count, load_faiss
from carrel.stores.embedded.file_sums import SUMS, check_sums, write_sums
from carrel.stores.embedded.files import sync_file
from carrel.stores.embedded.vector_clusters import SHARE
from carrel.stores.embedded.vector_folding import is_clustered
from carrel.stores.embedded.vector_log import LogPage, LogRange, LogState
from carrel.stores.embedded.vector_parts import ClusteredPart, ExactPart, Part, Rows

SUFFIXES = (".rows.npy", ".float32", ".faiss", SUMS)

_TRAINED = 40
"""Vectors that k-means sees for each centroid."""
_ROUNDS = 8
_BLOCK = 4096
_PROBES = 64
_NEIGHBOURS = 11


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """What the manifest says of a segment: its range of the log and how many entries and rows that gave.

    `revision` and `purges` are where the database stood when it was written, `recall` the share of the ten nearest
    neighbours of some of its rows that a search finds which reads `SHARE` of its lists.
    """

    name: str
    after: int
    last: int
    logged: int
    rows: int
    revision: int
    purges: int
    recall: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part that is held by files."""

    entry: SegmentEntry
    part: Part

    def __len__(self) -> int:
        return self.entry.rows

    @property
    def span(self) -> LogRange:
        return LogRange(self.entry.after, self.entry.last)

    @property
    def is_clustered(self) -> bool:
        return isinstance(self.part, ClusteredPart)

    def forgettable(self, revision: int) -> int:
        """Return how many rows were removed by this revision."""
        return int(np.count_nonzero(self.part.rows.removed <= revision))


def write_segment(
    folder: Path, dimension: int, pages: Iterable[LogPage], *, span: LogRange, logged: int, state: LogState
) -> SegmentEntry:
    """Write the entries of a range of the log as a segment; it is on the disk when this returns."""
    name = uuid.uuid4().hex
    matrix = folder / f"{name}.float32"
    rows = _write_matrix(matrix, pages)
    count = rows.shape[1]
    recall = 1.0
    if is_clustered(count):
        vectors = np.memmap(matrix, dtype=np.float32, mode="r", shape=(count, dimension))
        rows[3], recall = _write_clusters(folder / f"{name}.faiss", vectors)
        del vectors
        matrix.unlink()
    np.save(folder / f"{name}.rows.npy", rows)
    sync_file(folder / f"{name}.rows.npy")
    write_sums(folder, name, [path for suffix in SUFFIXES if (path := folder / f"{name}{suffix}").is_file()])
    return SegmentEntry(name, span.after, span.last, logged, count, state.revision, state.purges, recall)


def _write_matrix(path: Path, pages: Iterable[LogPage]) -> NDArray[np.int64]:
    """Write vectors one after the other and return their rows, of no list yet."""
    rows = [np.empty((4, 0), dtype=np.int64)]
    with path.open("wb") as file:
        for page in pages:
            page.vectors.tofile(file)
            rows.append(np.stack([page.keys, page.added, page.removed, np.zeros_like(page.keys)]))
    sync_file(path)
    return np.concatenate(rows, axis=1)


def _write_clusters(path: Path, vectors: Vectors) -> tuple[NDArray[np.int64], float]:
    """Write inverted lists and return the list of each row, and the recall."""
    faiss = load_faiss()
    count, dimension = vectors.shape
    lists = 2 * int(np.sqrt(count))
    index = faiss.index_factory(dimension, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = _ROUNDS
    index.cp.min_points_per_centroid = 1
    index.cp.max_points_per_centroid = _TRAINED
    trainer = faiss.index_cpu_to_all_gpus(faiss.IndexFlatIP(dimension)) if gpu_count(faiss) else None
    if trainer is not None:
        index.clustering_index = trainer
    sample = np.random.default_rng(count).choice(count, size=min(count, _TRAINED * lists), replace=False)
    index.train(vectors[np.sort(sample)])
    list_of = np.empty(count, dtype=np.int64)
    for begin in range(0, count, _BLOCK):
        index.add(np.ascontiguousarray(vectors[begin : begin + _BLOCK]))
    for number in range(lists):
        if size := index.invlists.list_size(number):
            list_of[faiss.rev_swig_ptr(index.invlists.get_ids(number), size)] = number
    faiss.write_index(index, str(path))
    sync_file(path)
    return list_of, _recall(index, vectors)


def _recall(index: Any, vectors: Vectors) -> float:
    """Return the share of the true ten nearest neighbours (and oneself) that a search of few lists finds."""
    rows = np.linspace(0, len(vectors) - 1, _PROBES).astype(np.int64)
    queries = np.ascontiguousarray(vectors[rows])
    scores = np.concatenate(
        [queries @ vectors[begin : begin + _BLOCK].T for begin in range(0, len(vectors), _BLOCK)], axis=1
    )
    nearest = np.argpartition(-scores, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]
    options = load_faiss().SearchParametersIVF(nprobe=max(1, int(SHARE * index.nlist)))
    found = index.search(queries, 2 * _NEIGHBOURS, params=options)[1]
    hits = [len(np.intersect1d(one, other)) for one, other in zip(nearest, found, strict=True)]
    return round(sum(hits) / nearest.size, 3)


def read_segment(folder: Path, entry: SegmentEntry, dimension: int) -> Segment:
    """Map a segment into memory.

    Raises:
        OSError, ValueError, RuntimeError: a file is missing, or is not what the manifest says.
    """
    check_sums(folder, entry.name)
    stored = np.load(folder / f"{entry.name}.rows.npy", mmap_mode="r", allow_pickle=False)
    if stored.dtype != np.int64 or stored.shape != (4, entry.rows):
        raise ValueError(f"the segment {entry.name} does not fit its manifest")
    rows = Rows(stored[0], stored[1], np.array(stored[2]))
    if not is_clustered(entry.rows):
        return Segment(entry, ExactPart(rows, _map_matrix(folder / f"{entry.name}.float32", entry.rows, dimension)))
    index = _map_clusters(folder / f"{entry.name}.faiss")
    if index.ntotal != entry.rows or index.d != dimension:
        raise ValueError(f"the segment {entry.name} does not fit its manifest")
    return Segment(entry, ClusteredPart(rows, index, stored[3]))


def _map_matrix(path: Path, rows: int, dimension: int) -> Vectors:
    if path.stat().st_size != rows * dimension * 4:
        raise ValueError(f"{path} does not hold {rows} vectors")
    if not rows:
        return np.empty((0, dimension), dtype=np.float32)
    return np.memmap(path, dtype=np.float32, mode="r", shape=(rows, dimension))


def _map_clusters(path: Path) -> Any:
    faiss = load_faiss()
    index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP)
    with suppress(AttributeError):  # lists that were mapped: without a search starting threads to read ahead
        faiss.downcast_InvertedLists(index.invlists).prefetch_nthread = 0
    return index


def segment_name(path: Path) -> str | None:
    """Return the segment that a file belongs to; None if it is no file of one."""
    return next((path.name.removesuffix(suffix) for suffix in SUFFIXES if path.name.endswith(suffix)), None)
