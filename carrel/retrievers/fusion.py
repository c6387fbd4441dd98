"""Fusion of ranked lists: several rankings of the same passages become one. Pure functions on (id, score) pairs.

A ranking is best first and names an id once. The fused ranking holds every id of any ranking, best first, ties by id.
`docs/fusion.md` holds the measurements that chose the default.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeVar

Scored = tuple[str, float]
Ranking = Sequence[Scored]
Normalization = Literal["none", "max", "minmax", "zscore"]
Missing = Literal["zero", "minimum"]
_Option = TypeVar("_Option", Normalization, Missing)


def reciprocal_rank(rankings: Sequence[Ranking], k: float = 60, weights: Sequence[float] | None = None) -> list[Scored]:
    """Sum `weight / (k + rank)`, with ranks from 1 (Cormack, Clarke and Büttcher 2009, section 2).

    A ranking adds nothing for an id that it does not hold, as if that stood infinitely far down.

    Raises:
        ValueError: a ranking names an id twice, `k` is not positive, or there is not one weight a ranking.
    """
    if k <= 0:
        raise ValueError(f"k must be positive, not {k}")
    fused: dict[str, float] = {}
    for ranking, weight in zip(rankings, _weights(weights, rankings), strict=True):
        for rank, identifier in enumerate(_as_mapping(ranking), start=1):
            fused[identifier] = fused.get(identifier, 0.0) + weight / (k + rank)
    return _best_first(fused)


def weighted_scores(
    rankings: Sequence[Ranking],
    weights: Sequence[float] | None = None,
    normalization: Normalization | Sequence[Normalization] = "minmax",
    missing: Missing | Sequence[Missing] | None = None,
) -> list[Scored]:
    """Sum the normalised scores times the weights (Bruch, Gai and Ingber 2023, section 3: convex combination).

    Normalisation of one query's list: `none` leaves scores as they are (cosines), `max` divides by the best score
    (BM25, whose natural zero is "no word in common"), `minmax` maps to [0, 1], `zscore` to mean 0 and deviation 1.
    One value for all rankings or one each.

    `missing` says what an id that one ranking does not hold counts there: `zero`, or the `minimum` of that list after
    normalisation, the closest bound on a score that was cut off. None takes `zero` for `max`, because a passage that
    BM25 does not return mostly shares no word with the query, and `minimum` for all others: a cosine of 0 would be
    far below anything that the encoder gives.

    Raises:
        ValueError: a ranking names an id twice, or there is not one option a ranking.
    """
    methods = _one_each(normalization, rankings)
    fills = _one_each(missing, rankings) if missing is not None else [_natural_fill(method) for method in methods]
    ids = {identifier for ranking in rankings for identifier, _ in ranking}
    fused = dict.fromkeys(ids, 0.0)
    for ranking, weight, method, fill in zip(rankings, _weights(weights, rankings), methods, fills, strict=True):
        scores = _as_mapping(ranking)
        normal = dict(zip(scores, _NORMALIZATIONS[method](list(scores.values())), strict=True))
        floor = min(normal.values(), default=0.0) if fill == "minimum" else 0.0
        # Where all scores are alike `minmax` makes them 1, which is no bound for an id that is not there.
        floor = 0.0 if method == "minmax" else floor
        for identifier in ids:
            fused[identifier] += weight * normal.get(identifier, floor)
    return _best_first(fused)


def _unchanged(scores: list[float]) -> list[float]:
    return scores


def _over_maximum(scores: list[float]) -> list[float]:
    best = max(scores, default=0.0)
    return [score / best for score in scores] if best > 0 else [0.0] * len(scores)


def _min_max(scores: list[float]) -> list[float]:
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    return [(score - low) / (high - low) for score in scores] if high > low else [1.0] * len(scores)


def _z_score(scores: list[float]) -> list[float]:
    deviation = statistics.pstdev(scores) if scores else 0.0
    mean = statistics.fmean(scores) if scores else 0.0
    return [(score - mean) / deviation for score in scores] if deviation > 0 else [0.0] * len(scores)


_NORMALIZATIONS: Mapping[Normalization, Callable[[list[float]], list[float]]] = {
    "none": _unchanged,
    "max": _over_maximum,
    "minmax": _min_max,
    "zscore": _z_score,
}


def _natural_fill(method: Normalization) -> Missing:
    return "zero" if method == "max" else "minimum"


def _one_each(value: _Option | Sequence[_Option], rankings: Sequence[Ranking]) -> list[_Option]:
    values = [value] * len(rankings) if isinstance(value, str) else list(value)
    if len(values) != len(rankings):
        raise ValueError(f"There are {len(rankings)} rankings but {len(values)} options")
    return values


def _weights(weights: Sequence[float] | None, rankings: Sequence[Ranking]) -> Sequence[float]:
    if weights is None:
        return [1.0] * len(rankings)
    if len(weights) != len(rankings):
        raise ValueError(f"There are {len(rankings)} rankings but {len(weights)} weights")
    return weights


def _as_mapping(ranking: Ranking) -> dict[str, float]:
    scores = dict(ranking)
    if len(scores) != len(ranking):
        raise ValueError("A ranking names an id twice: keep its best place only")
    return scores


def _best_first(scores: Mapping[str, float]) -> list[Scored]:
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
