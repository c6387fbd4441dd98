"""Choosing how rankings are fused, by measurement on development data.

Every candidate fuses the same two lists of every query, so that one search of each kind serves all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from carrel.eval.desk import Desk, Progress, no_progress
from carrel.eval.judged import JudgedQuery
from carrel.measures import Estimate, bootstrap_difference, bootstrap_mean, parse_measure
from carrel.retrievers.fusion import Ranking, Scored, reciprocal_rank, weighted_scores
from carrel.types import Hit

Fuse = Callable[[Sequence[Ranking]], list[Scored]]

MEASURES = ("nDCG@10", "recall@1", "recall@5", "recall@10", "MRR@10")
RANK_CONSTANTS = (1, 5, 10, 20, 60, 100)
BM25_WEIGHTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class TwoRankings:
    """What BM25 and the dense retriever found for one query: passages with scores, best first.

    `stands_for` maps every passage to the document that it is judged as.
    """

    id: str
    bm25: Ranking
    dense: Ranking
    stands_for: Mapping[str, str]
    grades: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FusionScore:
    """One way of fusing: its measures, and its difference to the first one of the comparison, query by query."""

    name: str
    metrics: Mapping[str, Estimate]
    difference: Mapping[str, Estimate]


def collect_rankings(
    desk: Desk, queries: Sequence[JudgedQuery], *, depth: int = 100, on_progress: Progress = no_progress
) -> list[TwoRankings]:
    """Search with both retrievers for the best `depth` passages of every query."""
    collected = []
    for query in queries:
        bm25 = _search(desk, query, "bm25", depth)
        dense = _search(desk, query, "dense", depth)
        collected.append(_two_rankings(query, bm25, dense))
        on_progress(len(collected), len(queries))
    return collected


def fusions() -> dict[str, Fuse]:
    """Return the ways of fusing (BM25, dense) that are compared, by name; the first two are the lists alone."""
    candidates: dict[str, Fuse] = {
        "BM25 alone": lambda lists: list(lists[0]),
        "dense alone": lambda lists: list(lists[1]),
    }
    for k in RANK_CONSTANTS:
        candidates[f"reciprocal rank, k={k}"] = partial(reciprocal_rank, k=k)
    for weight in BM25_WEIGHTS:
        weights = [weight, 1 - weight]
        label = f"BM25 weight {weight:.1f}"
        over_best = partial(weighted_scores, weights=weights, normalization=["max", "none"])
        candidates[f"BM25/max + cosine, {label}"] = over_best
        candidates[f"BM25/max + cosine, missing = minimum, {label}"] = partial(over_best, missing="minimum")
        candidates[f"BM25/max + cosine, missing = 0, {label}"] = partial(over_best, missing="zero")
        candidates[f"min-max, {label}"] = partial(weighted_scores, weights=weights, normalization="minmax")
        candidates[f"z-score, {label}"] = partial(weighted_scores, weights=weights, normalization="zscore")
    return candidates


def compare_fusions(
    queries: Sequence[TwoRankings],
    candidates: Mapping[str, Fuse],
    *,
    measures: Sequence[str] = MEASURES,
    baseline: str | None = None,
) -> list[FusionScore]:
    """Measure every candidate on every query; differences are to `baseline` (default: the first candidate), paired.

    Returned best first by the first measure, ties by name.
    """
    names = [str(parse_measure(name)) for name in measures]
    values = {name: _values(queries, fuse, names) for name, fuse in candidates.items()}
    reference = values[baseline or next(iter(candidates))]
    scores = [
        FusionScore(
            name,
            {m: bootstrap_mean(per_query[m]) for m in names},
            {m: bootstrap_difference(_minus(per_query[m], reference[m])) for m in names},
        )
        for name, per_query in values.items()
    ]
    return sorted(scores, key=lambda score: (-(score.metrics[names[0]].value or 0.0), score.name))


def fusion_table(scores: Sequence[FusionScore]) -> str:
    """Return the comparison as a Markdown table: values times 100, with intervals and the paired difference."""
    if not scores:
        return ""
    names = list(scores[0].metrics)
    header = ["fusion", *(f"{name} [95 %]" for name in names), f"difference in {names[0]} [95 %]"]
    lines = [header, ["---"] * len(header)]
    for score in scores:
        cells = [_cell(score.metrics[name]) for name in names]
        lines.append([score.name, *cells, _cell(score.difference[names[0]], sign="+")])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _search(desk: Desk, query: JudgedQuery, mode: Literal["bm25", "dense"], depth: int) -> Sequence[Hit]:
    return desk.search(query.text, mode=mode, top_k=depth, filters=query.filters, plain=True).hits


def _two_rankings(query: JudgedQuery, bm25: Sequence[Hit], dense: Sequence[Hit]) -> TwoRankings:
    return TwoRankings(
        query.id,
        [(hit.id, hit.scores["bm25"]) for hit in bm25],
        [(hit.id, hit.scores["cosine"]) for hit in dense],
        {hit.id: query.stands_for(hit) for hit in (*bm25, *dense)},
        query.grades,
    )


def _values(queries: Sequence[TwoRankings], fuse: Fuse, names: Sequence[str]) -> dict[str, list[float | None]]:
    measures = {name: parse_measure(name) for name in names}
    values: dict[str, list[float | None]] = {name: [] for name in names}
    for query in queries:
        fused = fuse([query.bm25, query.dense])
        ranking = list(dict.fromkeys(query.stands_for[passage] for passage, _ in fused))
        for name, measure in measures.items():
            values[name].append(measure(ranking, query.grades))
    return values


def _minus(left: Sequence[float | None], right: Sequence[float | None]) -> list[float | None]:
    return [None if a is None or b is None else a - b for a, b in zip(left, right, strict=True)]


def _cell(estimate: Estimate, sign: str = "") -> str:
    if estimate.value is None:
        return "not measured"
    value = f"{100 * estimate.value:{sign}.1f}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} [{100 * estimate.low:{sign}.1f}, {100 * estimate.high:{sign}.1f}]"
