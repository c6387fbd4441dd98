"""Making the vectors of passages that have none yet."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from carrel.errors import StoreError
from carrel.indexing.report import Progress, ShouldStop
from carrel.stores.contract import Lease, PassageStore


class Encoder(Protocol):
    """Turns texts into vectors; `fingerprint` names everything that decides them (weights, pooling, precision)."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one vector of unit length for each text, shape (len(texts), dimensions)."""
        ...


def embed_missing(
    store: PassageStore,
    encoder: Encoder,
    *,
    on_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    batch: int = 256,
    lease: Lease | None = None,
) -> int:
    """Encode every passage text without a vector of this encoder; returns how many there were.

    Vectors are written `batch` at a time, so a job that is killed goes on where it was; what is written is searchable
    at once. Without a lease, one is taken.

    Raises:
        LeaseError: another job is writing to the collection.
        StoreError: passages have no vector in the end, though none was missing.
    """
    made = 0
    if not store.missing_vectors(encoder.fingerprint, limit=1):
        return made
    with nullcontext(lease) if lease else store.lease("carrel index") as held:
        total = _missing(store, encoder.fingerprint)
        while missing := store.missing_vectors(encoder.fingerprint, limit=batch):
            if should_stop and should_stop():
                return made
            vectors = encoder.encode([text for _, text in missing])
            store.write_vectors(encoder.fingerprint, [digest for digest, _ in missing], vectors, lease=held)
            made += len(missing)
            if on_progress:
                on_progress("embedding", made, max(total, made), "texts", "")
        if left := _missing(store, encoder.fingerprint):
            raise StoreError(f"{left} passages have no vector of {encoder.fingerprint}, though none was missing")
    return made


def _missing(store: PassageStore, fingerprint: str) -> int:
    """Return how many passages have no vector; those of equal text share one, so there may be less to do."""
    covered = next((coverage.vectors for coverage in store.coverage() if coverage.fingerprint == fingerprint), 0)
    return store.count_documents() - covered
