"""Making the vectors of passages that have none yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from carrel.indexing.report import Progress
from carrel.stores.contract import PassageStore


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
    batch: int = 256,
    lease_holder: str = "carrel index",
) -> int:
    """Encode every passage text without a vector of this encoder; returns how many there were.

    Vectors are written `batch` at a time, so a job that is killed goes on where it was; what is written is searchable
    at once.

    Raises:
        LeaseError: another job is writing to the collection.
    """
    made = 0
    if not store.missing_vectors(encoder.fingerprint, limit=1):
        return made
    total = _missing(store, encoder.fingerprint)
    with store.lease(lease_holder) as lease:
        while missing := store.missing_vectors(encoder.fingerprint, limit=batch):
            vectors = encoder.encode([text for _, text in missing])
            store.write_vectors(encoder.fingerprint, [digest for digest, _ in missing], vectors, lease=lease)
            made += len(missing)
            if on_progress:
                on_progress("embedding", made, max(total, made), "texts")
    return made


def _missing(store: PassageStore, fingerprint: str) -> int:
    """Return how many passages have no vector; those of equal text share one, so there may be less to do."""
    covered = next((coverage.vectors for coverage in store.coverage() if coverage.fingerprint == fingerprint), 0)
    return store.count_documents() - covered
