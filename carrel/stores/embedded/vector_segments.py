"""Segments of vectors as files: written from the log a page at a time, and mapped into memory to be searched.

A segment named N is `N.rows.npy` (passages, and the revisions that added and removed them; shape (3, n)), either
`N.float32` (the vectors one after the other) or `N.faiss` (compressed), and `N.sums` with their checksums.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carrel.stores.contract import Vectors
from carrel.stores.embedded.faiss_library import load_faiss
from carrel.stores.embedded.file_sums import SUMS, check_sums, write_sums
from carrel.stores.embedded.files import sync_file
from carrel.stores.embedded.vector_folding import is_compressed
from carrel.stores.embedded.vector_log import LogPage, LogRange, LogState
from carrel.stores.embedded.vector_parts import CompressedPart, ExactPart, Part, Rows, compressed_search

SUFFIXES = (".rows.npy", ".float32", ".faiss", SUMS)

_TRAINED = 16_384
"""Vectors that the codes are learned from at most."""
_BLOCK = 4096
_PROBES = 64
_NEIGHBOURS = 11


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """What the manifest says of a segment: its range of the log and how many entries and rows that gave.

    `revision` and `purges` are where the database stood when it was written, `recall` the share of the ten nearest
    neighbours of some of its rows that a search finds.
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
    def is_compressed(self) -> bool:
        return isinstance(self.part, CompressedPart)

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
    if is_compressed(count):
        vectors = np.memmap(matrix, dtype=np.float32, mode="r", shape=(count, dimension))
        recall = _write_compressed(folder / f"{name}.faiss", vectors)
        del vectors
        matrix.unlink()
    np.save(folder / f"{name}.rows.npy", rows)
    sync_file(folder / f"{name}.rows.npy")
    write_sums(folder, name, [path for suffix in SUFFIXES if (path := folder / f"{name}{suffix}").is_file()])
    return SegmentEntry(name, span.after, span.last, logged, count, state.revision, state.purges, recall)


def _write_matrix(path: Path, pages: Iterable[LogPage]) -> NDArray[np.int64]:
    """Write vectors one after the other and return their rows."""
    rows = [np.empty((3, 0), dtype=np.int64)]
    with path.open("wb") as file:
        for page in pages:
            page.vectors.tofile(file)
            rows.append(np.stack([page.keys, page.added, page.removed]))
    sync_file(path)
    return np.concatenate(rows, axis=1)


def _write_compressed(path: Path, vectors: Vectors) -> float:
    """Write the index and return its recall."""
    count, dimension = vectors.shape
    index = _empty_index(dimension)
    sample = np.random.default_rng(count).choice(count, size=min(count, _TRAINED), replace=False)
    with _one_thread():
        index.train(vectors[np.sort(sample)])
        for begin in range(0, count, _BLOCK):
            index.add(np.ascontiguousarray(vectors[begin : begin + _BLOCK]))
    load_faiss().write_index(index, str(path))
    sync_file(path)
    return _recall(index, vectors)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let FAISS compute in this thread alone: its threads wait for each other after every small step of training, which
    took eight times as long on two busy cores."""
    faiss = load_faiss()
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _empty_index(dimension: int) -> Any:
    """Return product quantization for scans in registers, and 8 bits a dimension for what they find.

    The scan stands in the one list of an index of inverted lists because only these take filters.
    """
    faiss = load_faiss()
    codes = dimension // next(width for width in (4, 2, 1) if dimension % width == 0)
    index = faiss.index_factory(dimension, f"IVF1,PQ{codes}x4fs,Refine(SQ8)", faiss.METRIC_INNER_PRODUCT)
    scanned = faiss.downcast_index(index.base_index)
    for clustering in (scanned.cp, scanned.pq.cp):
        clustering.min_points_per_centroid = 1
    return index


def _recall(index: Any, vectors: Vectors) -> float:
    """Return the share of the true ten nearest neighbours (and oneself) that a search finds."""
    rows = np.linspace(0, len(vectors) - 1, _PROBES).astype(np.int64)
    queries = np.ascontiguousarray(vectors[rows])
    scores = np.concatenate(
        [queries @ vectors[begin : begin + _BLOCK].T for begin in range(0, len(vectors), _BLOCK)], axis=1
    )
    nearest = np.argpartition(-scores, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]
    options = compressed_search(2 * _NEIGHBOURS, _NEIGHBOURS)
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
    if stored.dtype != np.int64 or stored.shape != (3, entry.rows):
        raise ValueError(f"the segment {entry.name} does not fit its manifest")
    rows = Rows(stored[0], stored[1], np.array(stored[2]))
    if not is_compressed(entry.rows):
        return Segment(entry, ExactPart(rows, _map_matrix(folder / f"{entry.name}.float32", entry.rows, dimension)))
    faiss = load_faiss()
    index = faiss.read_index(str(folder / f"{entry.name}.faiss"), faiss.IO_FLAG_MMAP_IFC)
    if index.ntotal != entry.rows or index.d != dimension:
        raise ValueError(f"the segment {entry.name} does not fit its manifest")
    return Segment(entry, CompressedPart(rows, index))


def _map_matrix(path: Path, rows: int, dimension: int) -> Vectors:
    if path.stat().st_size != rows * dimension * 4:
        raise ValueError(f"{path} does not hold {rows} vectors")
    if not rows:
        return np.empty((0, dimension), dtype=np.float32)
    return np.memmap(path, dtype=np.float32, mode="r", shape=(rows, dimension))


def segment_name(path: Path) -> str | None:
    """Return the segment that a file belongs to; None if it is no file of one."""
    return next((path.name.removesuffix(suffix) for suffix in SUFFIXES if path.name.endswith(suffix)), None)
