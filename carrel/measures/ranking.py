"""Ranking measures, defined as in `trec_eval` 9: a measure is a value that is called with a ranking and its judgements.

A ranking is a sequence of document ids, best first; judgements map ids to grades, and a grade of 1 or more is relevant.
A document without a judgement is not relevant. `docs/measures.md` gives the formulas and the edge cases.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from carrel.errors import UserError

Grades = Mapping[str, int]
Kind = Literal["nDCG", "recall", "precision", "success", "MRR", "MAP"]

_NAMES: Mapping[str, Kind] = {name.lower(): name for name in get_args(Kind)}
_NEEDS_CUTOFF = ("recall", "precision", "success")
_WRITTEN = re.compile(r"([A-Za-z]+)(?:@([1-9][0-9]*))?")


@dataclass(frozen=True, slots=True)
class RankingMeasure:
    """One measure with its cutoff (None looks at the whole ranking), printed as people write it: `nDCG@10`."""

    kind: Kind
    cutoff: int | None = None

    def __str__(self) -> str:
        return self.kind if self.cutoff is None else f"{self.kind}@{self.cutoff}"

    def __call__(self, ranking: Sequence[str], grades: Grades) -> float | None:
        """Return the value in [0, 1] for one query; None if no document is relevant, so that nothing could be found.

        Raises:
            ValueError: the ranking names a document twice.
        """
        if len(set(ranking)) != len(ranking):
            raise ValueError("A ranking names a document twice: keep its best place only")
        gains = [max(grades.get(document, 0), 0) for document in ranking[: self.cutoff]]
        ideal = sorted((grade for grade in grades.values() if grade > 0), reverse=True)
        return self._value(gains, ideal) if ideal else None

    def _value(self, gains: list[int], ideal: list[int]) -> float:
        found = sum(gain > 0 for gain in gains)
        match self.kind:
            case "nDCG":
                return _dcg(gains) / _dcg(ideal[: self.cutoff])
            case "recall":
                return found / len(ideal)
            case "precision":
                return found / (self.cutoff or 1)
            case "success":
                return float(found > 0)
            case "MRR":
                return next((1 / rank for rank, gain in enumerate(gains, start=1) if gain > 0), 0.0)
            case "MAP":
                return _summed_precision(gains) / len(ideal)


def parse_measure(text: str) -> RankingMeasure:
    """Read a measure as people write it: `nDCG@10`, `recall@100`, `MRR@10`, `MAP` (case does not matter).

    Raises:
        UserError: there is no such measure, or it needs a cutoff and has none.
    """
    match = _WRITTEN.fullmatch(text.strip())
    kind = _NAMES.get(match[1].lower()) if match else None
    if match is None or kind is None:
        raise UserError(f"There is no ranking measure {text!r}; there are {', '.join(get_args(Kind))}, as in nDCG@10")
    if match[2] is None and kind in _NEEDS_CUTOFF:
        raise UserError(f"The measure {kind!r} needs a cutoff, as in {kind}@10")
    return RankingMeasure(kind, int(match[2]) if match[2] else None)


def ranked(scores: Mapping[str, float]) -> list[str]:
    """Return the ids by score, best first, ties by id."""
    return sorted(scores, key=lambda identifier: (-scores[identifier], identifier))


def score_queries(
    measure: RankingMeasure, rankings: Mapping[str, Sequence[str]], qrels: Mapping[str, Grades]
) -> dict[str, float | None]:
    """Return the measure of every judged query, in the order of the judgements.

    A judged query without a ranking found nothing, which counts as 0; a ranking without judgements is left out.
    """
    return {query: measure(rankings.get(query, ()), grades) for query, grades in qrels.items()}


def _dcg(gains: Sequence[int]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _summed_precision(gains: Sequence[int]) -> float:
    found, total = 0, 0.0
    for rank, gain in enumerate(gains, start=1):
        if gain > 0:
            found += 1
            total += found / rank
    return total
