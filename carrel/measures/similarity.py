"""Semantic answer similarity: how near an answer's meaning comes to a gold answer's (Risch et al. 2021).

The paper's own models read both texts together; here a sentence encoder reads each, and their cosine counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Encode = Callable[[Sequence[str]], NDArray[np.floating]]
"""Turns n texts into n vectors, shape (n, d), of any length but zero."""


def semantic_similarity(predictions: Sequence[str], golds: Sequence[Sequence[str]], encode: Encode) -> list[float]:
    """Return for each prediction the best cosine with any of its gold answers, in [-1, 1].

    As for exact match, no gold answer means "no answer": 1 for a blank prediction, 0 for any other; a blank prediction
    of a question that has an answer is 0. Every distinct text is encoded once, in one call.

    Raises:
        ValueError: the sequences differ in length, or the encoder returns another number of vectors.
    """
    pairs = [(text, [gold for gold in accepted if gold.strip()]) for text, accepted in _zip(predictions, golds)]
    needed = (text for prediction, accepted in pairs if prediction.strip() for text in (prediction, *accepted))
    texts = list(dict.fromkeys(needed))
    vectors = _unit(encode(texts), len(texts)) if texts else np.empty((0, 0))
    place = {text: row for row, text in enumerate(texts)}
    values = []
    for prediction, accepted in pairs:
        if not accepted or not prediction.strip():
            values.append(float(not accepted and not prediction.strip()))
        else:
            cosines = vectors[[place[gold] for gold in accepted]] @ vectors[place[prediction]]
            values.append(float(np.clip(cosines.max(), -1, 1)))
    return values


def _zip(predictions: Sequence[str], golds: Sequence[Sequence[str]]) -> list[tuple[str, Sequence[str]]]:
    return list(zip(predictions, golds, strict=True))


def _unit(vectors: NDArray[np.floating], count: int) -> NDArray[np.float64]:
    rows = np.asarray(vectors, dtype=np.float64)
    if rows.ndim != 2 or len(rows) != count:
        raise ValueError(f"The encoder returned an array of shape {rows.shape} for {count} texts")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not lengths.all():
        raise ValueError("The encoder returned a vector of length zero, which has no direction")
    unit: NDArray[np.float64] = rows / lengths
    return unit
