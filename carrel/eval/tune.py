"""Settings by measurement: retrieval settings are chosen on some queries and reported on others.

All ways of ranking share the two lists that BM25 and the encoder give, so that trying one costs no search; only another
splitting size needs another collection. What is reported was never looked at while choosing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any, Literal

from carrel.datasets import Dataset, SquadSet, SubjqaSet
from carrel.errors import UserError
from carrel.eval.desk import Desk, Mode, Progress, no_progress
from carrel.eval.fusion import TwoRankings, collect_rankings
from carrel.eval.judged import JudgedQueries, JudgedQuery, judged_queries
from carrel.measures import (
    Comparison,
    Estimate,
    RankingMeasure,
    bootstrap_mean,
    compare_with_baseline,
    parse_measure,
)
from carrel.retrievers.fusion import reciprocal_rank, weighted_scores
from carrel.settings import Settings

WEIGHTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
CANDIDATES = (20, 50, 100)

OpenDesk = Callable[[Settings], AbstractContextManager[Desk]]


@dataclass(frozen=True, slots=True)
class Choice:
    """Retrieval settings, under the names that `carrel.toml` has for them; None where a mode has no use for one."""

    max_tokens: int
    mode: Mode
    fusion: Literal["scores", "ranks"] | None = None
    bm25_weight: float | None = None
    candidates: int | None = None

    def __str__(self) -> str:
        named = asdict(self)
        return ", ".join(f"{name} {value}" for name, value in named.items() if value is not None)

    def rank(self, found: TwoRankings) -> list[str]:
        """Return the documents of a query as these settings order them."""
        passages = self._passages(found)
        return list(dict.fromkeys(found.stands_for[passage] for passage in passages))

    def _passages(self, found: TwoRankings) -> list[str]:
        if self.mode != "hybrid":
            return [passage for passage, _ in (found.bm25 if self.mode == "bm25" else found.dense)]
        lists = [found.bm25[: self.candidates], found.dense[: self.candidates]]
        weight = self.bm25_weight or 0.0
        weights = [weight, 1.0 - weight]
        if self.fusion == "ranks":
            fused = reciprocal_rank(lists, weights=weights)
        else:
            fused = weighted_scores(lists, weights=weights, normalization=["max", "none"])
        return [passage for passage, _ in fused]


@dataclass(frozen=True, slots=True)
class Tuning:
    """The outcome: what is best on the queries for choosing, and what it does on the others.

    `tried` is best first. `reported` holds the measure on the other queries of the settings in force (`baseline`) and
    of the `chosen` ones; `comparison` tests their difference.
    """

    measure: str
    baseline: Choice
    chosen: Choice
    tried: Sequence[tuple[Choice, Estimate]]
    reported: tuple[Estimate, Estimate]
    comparison: Comparison

    def to_json(self) -> dict[str, Any]:
        before, after = self.reported
        return {
            "measure": self.measure,
            "baseline": asdict(self.baseline),
            "chosen": asdict(self.chosen),
            "tried": [{"settings": asdict(choice), self.measure: value.to_json()} for choice, value in self.tried],
            "reported": {"baseline": before.to_json(), "chosen": after.to_json(), **self.comparison.to_json()},
        }


def choices(sizes: Iterable[int], depths: Iterable[int] = CANDIDATES) -> list[Choice]:
    """Return the settings to try for these splitting sizes."""
    depths = list(depths)
    found: list[Choice] = []
    for size in sizes:
        found += [Choice(size, "bm25"), Choice(size, "dense")]
        for depth in depths:
            found += [Choice(size, "hybrid", "scores", weight, depth) for weight in WEIGHTS]
            found += [Choice(size, "hybrid", "ranks", weight, depth) for weight in (0.3, 0.5, 0.7)]
    return found


def in_force(settings: Settings) -> Choice:
    """Return the retrieval settings as they stand."""
    search, size = settings.search, settings.index.max_tokens
    if search.mode != "hybrid":
        return Choice(size, search.mode)
    return Choice(size, "hybrid", search.fusion, search.bm25_weight, search.candidates)


def tune(
    open_desk: OpenDesk,
    choosing: Dataset,
    reporting: Dataset,
    settings: Settings,
    *,
    measure: str = "nDCG@10",
    sizes: Sequence[int] = (),
    limit: int | None = None,
    seed: int = 0,
    on_progress: Progress = no_progress,
) -> Tuning:
    """Choose on the queries of one dataset, report on those of the other.

    Where both are the same, its queries are divided in two by article or product, at random. `sizes` are splitting
    sizes to try beside the one in force.

    Raises:
        UserError: there are too few queries to choose on, or to report on.
    """
    parsed, baseline = parse_measure(measure), in_force(settings)
    wanted = list(dict.fromkeys([baseline.max_tokens, *sizes]))
    tried = list(dict.fromkeys([baseline, *choices(wanted)]))
    values: dict[Choice, list[float | None]] = {}
    held_out: dict[int, list[TwoRankings]] = {}
    depth = max(choice.candidates or 0 for choice in tried)
    for size in wanted:
        with open_desk(with_size(settings, size)) as desk:
            first, second = _divided(desk, choosing, reporting, limit, seed)
            lists = collect_rankings(desk, first, depth=depth, on_progress=on_progress)
            # What is reported is searched for now, because the collection is gone later, and looked at in the end.
            held_out[size] = collect_rankings(desk, second, depth=depth, on_progress=on_progress)
        values.update({choice: _values(choice, lists, parsed) for choice in tried if choice.max_tokens == size})
    estimates = {choice: bootstrap_mean(found) for choice, found in values.items()}
    best_first = sorted(estimates.items(), key=lambda item: (-(item[1].value or 0.0), item[0] != baseline))
    chosen = best_first[0][0]
    before = _values(baseline, held_out[baseline.max_tokens], parsed)
    after = _values(chosen, held_out[chosen.max_tokens], parsed)
    differences = [b - a for a, b in zip(before, after, strict=True) if a is not None and b is not None]
    comparison = compare_with_baseline({"chosen": differences}, seed=seed)["chosen"]
    return Tuning(measure, baseline, chosen, best_first, (bootstrap_mean(before), bootstrap_mean(after)), comparison)


def with_size(settings: Settings, size: int) -> Settings:
    """Return the settings with another splitting size."""
    index = settings.index.model_copy(update={"max_tokens": size})
    return settings.model_copy(update={"index": index})


def _divided(
    desk: Desk, choosing: Dataset, reporting: Dataset, limit: int | None, seed: int
) -> tuple[list[JudgedQuery], list[JudgedQuery]]:
    judged = judged_queries(desk, choosing)
    if choosing is reporting:
        first, second = halves(judged, choosing, seed)
    else:
        first, second = list(judged.queries), list(judged_queries(desk, reporting).queries)
    if min(len(first), len(second)) < 2:
        raise UserError(
            f"There are {len(first)} queries to choose on and {len(second)} to report on: two are the least"
        )
    return first[:limit], second[:limit]


def halves(judged: JudgedQueries, dataset: Dataset, seed: int) -> tuple[list[JudgedQuery], list[JudgedQuery]]:
    """Divide queries in two, at random, so that those about one article or product stay together."""
    about = _subjects(dataset)
    groups: dict[str, list[JudgedQuery]] = {}
    for query in judged.queries:
        groups.setdefault(about.get(query.id, query.id), []).append(query)
    names = sorted(groups)
    random.Random(seed).shuffle(names)
    first: list[JudgedQuery] = []
    second: list[JudgedQuery] = []
    for name in names:
        (first if len(first) <= len(second) else second).extend(groups[name])
    mixed = random.Random(seed)
    return mixed.sample(first, len(first)), mixed.sample(second, len(second))


def _subjects(dataset: Dataset) -> Mapping[str, str]:
    if isinstance(dataset, SquadSet):
        return {question.id: question.title for question in dataset.questions}
    if isinstance(dataset, SubjqaSet):
        return {group.id: group.item_id for group in dataset.groups}
    return {}


def _values(choice: Choice, lists: Sequence[TwoRankings], measure: RankingMeasure) -> list[float | None]:
    return [measure(choice.rank(found), found.grades) for found in lists]


def settings_lines(choice: Choice) -> str:
    """Return settings as lines of `carrel.toml`."""
    search = {name: value for name, value in asdict(choice).items() if name != "max_tokens" and value is not None}
    written = [
        f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}" for name, value in search.items()
    ]
    return "\n".join(["[index]", f"max_tokens = {choice.max_tokens}", "", "[search]", *written])
