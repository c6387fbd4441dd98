"""What an export costs: an encoder's vectors and rankings beside those of the weights it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from carrel.datasets.squad import SquadQuestion
from carrel.models.sentence_encoder import SentenceEncoder, Vectors

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fidelity:
    """An export and its original on the same questions, each to be found among all the paragraphs.

    `cosine` and `lowest_cosine` compare the two vectors of a paragraph; `overlap` is the share of the original's ten
    best paragraphs that the export ranks among its ten; `mrr` is the mean reciprocal rank of the question's own
    paragraph and `texts_per_second` counts paragraphs on this machine, both as (export, original).
    """

    cosine: float
    lowest_cosine: float
    overlap: float
    mrr: tuple[float, float]
    texts_per_second: tuple[float, float]


def encoder_fidelity(
    exported: SentenceEncoder, original: SentenceEncoder, paragraphs: Sequence[str], questions: Sequence[SquadQuestion]
) -> Fidelity:
    """Compare two encoders; every question's paragraph must be among `paragraphs`."""
    row = {paragraph: number for number, paragraph in enumerate(paragraphs)}
    gold = np.array([row[question.context] for question in questions])
    new, old = (_searched(encoder, paragraphs, questions) for encoder in (exported, original))
    cosines = np.sum(new.vectors * old.vectors, axis=1)
    tops = zip(new.ranking[:, :10], old.ranking[:, :10], strict=True)
    return Fidelity(
        cosine=float(cosines.mean()),
        lowest_cosine=float(cosines.min()),
        overlap=float(np.mean([len(set(ours) & set(theirs)) / len(theirs) for ours, theirs in tops])),
        mrr=(_mean_reciprocal_rank(new.ranking, gold), _mean_reciprocal_rank(old.ranking, gold)),
        texts_per_second=(new.texts_per_second, old.texts_per_second),
    )


@dataclass(frozen=True, slots=True)
class _Searched:
    vectors: Vectors
    ranking: Indices
    texts_per_second: float


def _searched(encoder: SentenceEncoder, paragraphs: Sequence[str], questions: Sequence[SquadQuestion]) -> _Searched:
    began = perf_counter()
    vectors = encoder.encode(paragraphs)
    seconds = perf_counter() - began
    queries = np.stack([encoder.encode_query(question.question) for question in questions])
    return _Searched(vectors, np.argsort(-(queries @ vectors.T), axis=1, kind="stable"), len(paragraphs) / seconds)


def _mean_reciprocal_rank(ranking: Indices, gold: Indices) -> float:
    ranks = np.argmax(ranking == gold[:, None], axis=1) + 1
    return float(np.mean(1 / ranks))
