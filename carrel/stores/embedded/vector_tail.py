"""The end of an encoder's log that is in no segment yet: kept in memory and scanned exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carrel.stores.contract import Vectors
from carrel.stores.embedded.selection import Keys
from carrel.stores.embedded.vector_log import LogPage
from carrel.stores.embedded.vector_parts import ExactPart, Rows, empty_rows


@dataclass(frozen=True, slots=True)
class Tail:
    """Entries of the log after the last segment, up to `last_sequence`; growing makes a new tail."""

    part: ExactPart
    matrix: Vectors
    sequences: Keys
    last_sequence: int

    @classmethod
    def empty(cls, dimension: int, after: int) -> Tail:
        """Return a tail that reads on after a sequence number."""
        matrix = np.empty((0, dimension), dtype=np.float32)
        return cls(ExactPart(empty_rows(), matrix), matrix, np.empty(0, dtype=np.int64), after)

    def extended(self, pages: list[LogPage]) -> Tail:
        """Return this tail with further entries at its end."""
        rows = self.part.rows
        matrix = np.concatenate([self.matrix, *(page.vectors for page in pages)])
        joined = Rows(
            np.concatenate([rows.keys, *(page.keys for page in pages)]),
            np.concatenate([rows.added, *(page.added for page in pages)]),
            np.concatenate([rows.removed, *(page.removed for page in pages)]),
        )
        sequences = np.concatenate([self.sequences, *(page.sequences for page in pages)])
        return Tail(ExactPart(joined, matrix), matrix, sequences, int(sequences[-1]))

    def beginning_after(self, sequence: int) -> Tail:
        """Return what of this tail follows a sequence number."""
        kept = self.sequences > sequence
        rows = self.part.rows
        matrix = self.matrix[kept]
        left = Rows(rows.keys[kept], rows.added[kept], rows.removed[kept])
        return Tail(ExactPart(left, matrix), matrix, self.sequences[kept], max(sequence, self.last_sequence))
