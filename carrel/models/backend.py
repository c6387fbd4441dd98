"""What runs a network: arrays in, arrays out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]

Inputs = Mapping[str, IntArray]
"""`input_ids`, `attention_mask` and `token_type_ids`, each of shape (batch, longest)."""

Outputs = tuple[FloatArray, ...]


class Backend(Protocol):
    """Runs one network; may be called from several threads."""

    batch_size: int
    """Rows that belong into one batch: 1 where a row's result would depend on its neighbours."""

    pad_id: int
    """The token that fills the shorter rows of a batch."""

    def run(self, batches: Sequence[Inputs]) -> list[Outputs]:
        """Return the network's outputs for every batch, in order."""
        ...


def stack(rows: Sequence[tuple[IntArray, IntArray]], pad_id: int = 0) -> dict[str, IntArray]:
    """Stack rows of (token ids, type ids) into `Inputs`, filling the shorter ones up."""
    shape = (len(rows), max(len(ids) for ids, _ in rows))
    batch = {
        "input_ids": np.full(shape, pad_id, dtype=np.int64),
        "attention_mask": np.zeros(shape, dtype=np.int64),
        "token_type_ids": np.zeros(shape, dtype=np.int64),
    }
    for row, (ids, type_ids) in enumerate(rows):
        batch["input_ids"][row, : len(ids)] = ids
        batch["attention_mask"][row, : len(ids)] = 1
        batch["token_type_ids"][row, : len(ids)] = type_ids
    return batch


def core_count(threads: int) -> int:
    """Return `threads`, or the number of cores that this process may use if that is 0."""
    if threads > 0:
        return threads
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
