"""Vectors follow the text, in parts, and only where they are missing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from carrel.indexing.embedding import embed_missing
from carrel.stores.embedded.store import EmbeddedStore
from tests.indexing.conftest import Index


class HashEncoder:
    """An encoder of our own seam: a text's vector derives from its hash."""

    fingerprint = "hash-4"
    dimensions = 4

    def __init__(self) -> None:
        self.batches: list[int] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.batches.append(len(texts))
        digests = [np.frombuffer(hashlib.sha256(text.encode()).digest()[:4], dtype=np.uint8) for text in texts]
        vectors = np.array(digests, dtype=np.float32) - 127.5
        return np.ascontiguousarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def test_every_text_gets_a_vector_once(store: EmbeddedStore, index: Index, folder: Path) -> None:
    index(folder)
    encoder = HashEncoder()
    steps: list[tuple[str, int, int | None, str]] = []

    assert embed_missing(store, encoder, batch=2, on_progress=lambda *step: steps.append(step)) == 3
    assert encoder.batches == [2, 1]
    assert steps == [("embedding", 2, 3, "texts", ""), ("embedding", 3, 3, "texts", "")]
    assert store.coverage()[0].complete

    (folder / "kettle.txt").write_text("The kettle is new.", encoding="utf-8")
    index(folder)
    assert embed_missing(store, encoder) == 1
    assert embed_missing(store, encoder) == 0


def test_a_killed_job_goes_on_where_it_was(store: EmbeddedStore, index: Index, folder: Path) -> None:
    index(folder)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed_missing(store, HashEncoder(), batch=2, on_progress=stop)
    encoder = HashEncoder()
    embed_missing(store, encoder, batch=2)

    assert encoder.batches == [1]
