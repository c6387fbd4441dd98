"""What runs a network: arrays in, arrays out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]

INPUT_NAMES = ("input_ids", "attention_mask", "token_type_ids")

Inputs = Mapping[str, IntArray]
"""The arrays of `INPUT_NAMES`, each of shape (batch, longest)."""

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


def stack(rows: Sequence[tuple[IntArray, IntArray]], pad_id: int = 0, *, multiple: int = 1) -> dict[str, IntArray]:
    """Stack rows of (token ids, type ids) into `Inputs`, filling the shorter ones up to a `multiple` of tokens."""
    longest = max(len(ids) for ids, _ in rows)
    shape = (len(rows), -(-longest // multiple) * multiple)
    batch = {name: np.zeros(shape, dtype=np.int64) for name in INPUT_NAMES}
    batch["input_ids"][:] = pad_id
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
