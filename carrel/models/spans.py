"""From start and end logits to spans of a passage: pure functions.

A span's score is the sum of its start and end logits minus that of the window's first token, which stands for "no
answer" (Devlin et al. 2019, section 4.3): log-odds of the span against none. That makes scores comparable between the
windows of one passage and between passages, which raw logits are not (Clark and Gardner 2018).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from carrel.models.backend import FloatArray
from carrel.models.windows import Window

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScoredSpan:
    """The characters `[start, end)` of a passage as an answer.

    `score` is the log-odds against "no answer"; `probability` the product of the softmax shares that start and end have
    in their window, in [0, 1] and not calibrated.
    """

    start: int
    end: int
    score: float
    probability: float

    def overlaps(self, other: ScoredSpan) -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end


def window_spans(
    start_logits: FloatArray, end_logits: FloatArray, window: Window, *, max_answer_tokens: int, count: int
) -> list[ScoredSpan]:
    """Return the best `count` spans of one window, best first, ties in the order of the text.

    The logits have shape (n,) for the n tokens of the window. A span lies within the passage's tokens, ends where it
    starts or later, and has at most `max_answer_tokens` tokens. Spans may overlap; `without_overlaps` chooses.
    """
    inside = slice(window.first, window.first + len(window.offsets))
    start = np.concatenate([start_logits[:1], start_logits[inside]]).astype(np.float64)
    end = np.concatenate([end_logits[:1], end_logits[inside]]).astype(np.float64)
    null = start[0] + end[0]
    # log of the softmax shares: subtracting the two normalisers from a sum of logits
    normaliser = _log_sum_exp(start) + _log_sum_exp(end)
    sums = _banded_sums(start[1:], end[1:], max_answer_tokens)
    spans = []
    for first, length in _best_cells(sums, count):
        total = float(sums[first, length])
        characters = int(window.offsets[first, 0]), int(window.offsets[first + length, 1])
        if characters[0] < characters[1]:
            spans.append(ScoredSpan(*characters, total - float(null), float(np.exp(total - normaliser))))
    return spans


def without_overlaps(spans: Iterable[ScoredSpan], count: int) -> list[ScoredSpan]:
    """Return the best `count` spans of one passage of which no two overlap, best first, ties in the order of the text.

    The same span read in two windows counts once, with its higher score.
    """
    chosen: list[ScoredSpan] = []
    for span in sorted(spans, key=lambda span: (-span.score, span.start, span.end)):
        if len(chosen) == count:
            break
        if not any(span.overlaps(other) for other in chosen):
            chosen.append(span)
    return chosen


def _banded_sums(start: Floats, end: Floats, width: int) -> Floats:
    """Return start[i] + end[i + j] at [i, j] for j < width; -inf beyond the last token."""
    width = min(width, len(end))
    padded = np.concatenate([end, np.full(width - 1, -np.inf)])
    banded: Floats = start[:, None] + sliding_window_view(padded, width)
    return banded


def _best_cells(sums: Floats, count: int) -> list[tuple[int, int]]:
    flat = sums.ravel()
    count = min(count, int(np.isfinite(flat).sum()))
    if count == 0:
        return []
    # Everything at least as good as the last one taken, so that ties at the cut fall in the order of the text.
    cut = np.partition(flat, len(flat) - count)[len(flat) - count]
    cells = np.flatnonzero(flat >= cut)
    best = cells[np.argsort(-flat[cells], kind="stable")][:count]
    return [(int(cell) // sums.shape[1], int(cell) % sums.shape[1]) for cell in best]


def _log_sum_exp(values: Floats) -> float:
    top = values.max()
    return float(top + np.log(np.exp(values - top).sum()))
