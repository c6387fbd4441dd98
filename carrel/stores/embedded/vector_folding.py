"""What to fold into which segment: vectors are written to files once when they are some thousands, and once compressed.

The rows of a segment are a range of the log. New ranges become exact segments of about `FOLD_AT` rows; as soon as
these hold `COMPRESS_AT` rows together they become one compressed segment, which is only written again when much of it
is no longer needed. So every file is bounded, and so is the memory that writing one takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from carrel.stores.embedded.vector_log import LogRange

FOLD_AT = 8_192
"""Entries of the log after the last segment from which they are folded into one."""
COMPRESS_AT = 65_536
"""Rows that are scanned exactly at most, tail left aside, and rows of a compressed segment."""
WORN_SHARE = 0.25
"""Share of a segment's rows that may be forgotten from which it is written again without them."""


class Foldable(Protocol):
    """What planning asks of a segment."""

    @property
    def span(self) -> LogRange: ...

    @property
    def is_compressed(self) -> bool: ...

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Fold:
    """Segments `first` to `end` (left out) go into one, with `waiting` entries of the log if it is to be the last."""

    first: int
    end: int
    waiting: int = 0


def plan_fold(segments: Sequence[Foldable], waiting: int) -> Fold | None:
    """Return the next segment to be written when so many entries wait behind the last one."""
    if waiting < FOLD_AT:
        return None
    first = end = len(segments)
    while first and not segments[first - 1].is_compressed:
        first -= 1
    scanned = sum(map(len, segments[first:]))
    if scanned + waiting < COMPRESS_AT and not is_compressed(waiting):
        return Fold(end, end, waiting)
    return Fold(first, end, min(waiting, max(2 * FOLD_AT, COMPRESS_AT - scanned)))


def plan_compaction(segments: Sequence[Foldable], forgettable: Sequence[int]) -> Fold | None:
    """Return the segments to be written again without what may be forgotten: a worn one, and small ones beside it."""
    left = [len(segment) - gone for segment, gone in zip(segments, forgettable, strict=True)]
    for first, (segment, rows) in enumerate(zip(segments, left, strict=True)):
        if rows < len(segment) * (1 - WORN_SHARE):
            together = accumulate(left[first:])
            return Fold(first, first + max(1, sum(1 for rows in together if rows <= COMPRESS_AT)))
    return None


def is_compressed(rows: int) -> bool:
    """Say of which kind a segment of so many rows is."""
    return rows >= COMPRESS_AT // 2
