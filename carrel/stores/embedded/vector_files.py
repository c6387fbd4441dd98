"""Segments of vectors as files: derived from the database, written aside, thrown away when they do not fit it.

`vectors/<encoder>/manifest.json` names the segments; each is a FAISS index and an array of (passage, added).
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from carrel.errors import FingerprintMismatchError
from carrel.stores.embedded.files import write_aside
from carrel.stores.embedded.vector_index import PURGED, Part, VectorIndex
from carrel.stores.embedded.vector_rows import coverage, encoder_row

FOLD_AT = 16_384
"""Vectors in the tail from which it is folded into a segment."""

_MANIFEST = "manifest.json"
_UNFINISHED_SECONDS = 86_400.0


class VectorFiles:
    """The vector indexes of a collection, one for each encoder, opened when they are first searched."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._open: dict[int, VectorIndex] = {}

    def index(self, connection: Connection, fingerprint: str, revision: int) -> VectorIndex | None:
        """Return the index of an encoder, up to date; None if the collection has no vectors at all.

        Raises:
            FingerprintMismatchError: there are vectors, but of other encoders only.
        """
        row = encoder_row(connection, fingerprint)
        if row is None:
            present = [entry for entry in coverage(connection, revision) if entry.vectors]
            if present:
                names = ", ".join(entry.fingerprint for entry in present)
                raise FingerprintMismatchError(
                    f"the collection has no vectors of {fingerprint}; it has those of {names}; "
                    "re-embed with: carrel index --reembed"
                )
            return None
        with self._lock:
            if row.key not in self._open:
                self._open[row.key] = self._load(fingerprint, row)
            index = self._open[row.key]
            index.refresh(connection, revision)
            if len(index.tail.keys) >= FOLD_AT:
                self._fold(index, self._folder(fingerprint))
                index.refresh(connection, revision)
        return index

    def _fold(self, index: VectorIndex, folder: Path) -> None:
        """Fold the tail into a segment; shorter segments go along, so that there are few.

        Processes that fold at the same time write files of their own, and the later manifest counts: what it does not
        hold is in the database.
        """
        kept = list(index.segments)
        folded = [index.tail]
        while kept and len(kept[-1].keys) <= sum(len(part.keys) for part in folded):
            folded.insert(0, kept.pop())
        written = _write_segment(folder, _merge(folded, index.dimension))
        entries = [_entry(part) for part in (*kept, written)]
        manifest = {"encoder": index.encoder, "purges": index.purges, "segments": entries}
        write_aside(folder / _MANIFEST, json.dumps(manifest).encode())
        index.replace([*kept, _read_segment(folder, entries[-1], index.dimension)])
        _remove_old(folder, replaced={part.name for part in folded}, named={part.name for part in (*kept, written)})

    def _load(self, fingerprint: str, row: Any) -> VectorIndex:
        folder = self._folder(fingerprint)
        try:
            manifest = json.loads((folder / _MANIFEST).read_bytes())
            if manifest["encoder"] != row.key:
                return VectorIndex(row.key, row.dimension, [])
            segments = [_read_segment(folder, entry, row.dimension) for entry in manifest["segments"]]
            return VectorIndex(row.key, row.dimension, segments, purges=int(manifest["purges"]))
        except (OSError, ValueError, KeyError, TypeError, RuntimeError):
            # the database has every vector: files that are missing or no index are written anew at the next fold
            return VectorIndex(row.key, row.dimension, [])

    def _folder(self, fingerprint: str) -> Path:
        readable = re.sub(r"[^A-Za-z0-9._-]+", "-", fingerprint)[:48].strip(".-")
        return self._path / f"{readable}-{hashlib.sha256(fingerprint.encode()).hexdigest()[:8]}"


def _merge(parts: list[Part], dimension: int) -> Part:
    import faiss

    index = faiss.IndexFlatIP(dimension)
    present = [part.removed != PURGED for part in parts]
    for part, rows in zip(parts, present, strict=True):
        index.add(part.index.reconstruct_n(0, len(part.keys))[rows])
    return Part(
        index,
        np.concatenate([part.keys[rows] for part, rows in zip(parts, present, strict=True)]),
        np.concatenate([part.added[rows] for part, rows in zip(parts, present, strict=True)]),
        parts[-1].last_sequence,
        name=uuid.uuid4().hex,
    )


def _entry(part: Part) -> dict[str, Any]:
    return {"name": part.name, "rows": len(part.keys), "last_sequence": part.last_sequence}


def _write_segment(folder: Path, part: Part) -> Part:
    import faiss

    folder.mkdir(parents=True, exist_ok=True)
    faiss.write_index(part.index, str(folder / f"{part.name}.faiss"))
    np.save(folder / f"{part.name}.npy", np.stack([part.keys, part.added]))
    return part


def _read_segment(folder: Path, entry: dict[str, Any], dimension: int) -> Part:
    import faiss

    index = faiss.read_index(str(folder / f"{entry['name']}.faiss"), faiss.IO_FLAG_MMAP_IFC)
    keys, added = np.load(folder / f"{entry['name']}.npy", allow_pickle=False)
    if index.ntotal != entry["rows"] or len(keys) != entry["rows"] or index.d != dimension:
        raise ValueError(f"the segment {entry['name']} does not fit its manifest")
    return Part(index, keys, added, int(entry["last_sequence"]), name=entry["name"])


def _remove_old(folder: Path, *, replaced: set[str], named: set[str]) -> None:
    """Remove segments that were folded into another, and what was left unfinished; readers keep their open files."""
    for path in folder.iterdir():
        if path.suffix not in {".faiss", ".npy"} or path.stem in named:
            continue
        if path.stem in replaced or time.time() - path.stat().st_mtime > _UNFINISHED_SECONDS:
            path.unlink(missing_ok=True)
