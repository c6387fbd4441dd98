"""Evaluation of retrieval: are the right documents, or the passages with the answer, among the first?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from carrel.datasets import Dataset, SubjqaSet
from carrel.eval.desk import Desk, Mode, Progress, no_progress
from carrel.eval.gold import require_located
from carrel.eval.judged import JudgedQueries, JudgedQuery, judged_queries
from carrel.eval.questions import seeded_sample
from carrel.eval.result import EvalResult, QueryResult, estimates
from carrel.eval.subjqa import RankedGroup, published_count
from carrel.measures import RankingMeasure, parse_measure, percentile
from carrel.types import Hit

MEASURES = ("nDCG@10", "recall@1", "recall@3", "recall@5", "recall@10", "recall@100", "MRR@10")


@dataclass(frozen=True, slots=True)
class RetrievalArguments:
    """How retrieval is evaluated: `depth` is the number of documents ranked; `limit` and `seed` take a sample."""

    mode: Mode = "hybrid"
    measures: tuple[str, ...] = MEASURES
    depth: int = 100
    limit: int | None = None
    seed: int = 0


def evaluate_retrieval(
    desk: Desk,
    dataset: Dataset,
    arguments: RetrievalArguments = RetrievalArguments(),
    on_progress: Progress = no_progress,
) -> EvalResult:
    """Search with every query of the dataset and measure the rankings.

    BEIR and SubjQA rank documents, each by its best passage (SubjQA among the reviews of the product); SQuAD ranks
    passages, and one counts when it holds a gold span of the right article. Queries without a relevant document are
    left out, and counted in `further["without_answer"]`.

    Raises:
        UserError: a measure is unknown, or the collection holds none of the texts that SQuAD asks about.
    """
    measures = [parse_measure(name) for name in arguments.measures]
    began = perf_counter()
    judged = judged_queries(desk, dataset)
    chosen = seeded_sample(judged.queries, arguments.limit, arguments.seed)
    results: list[QueryResult] = []
    for query in chosen:
        found = desk.search(
            query.text,
            mode=arguments.mode,
            top_k=arguments.depth,
            filters=query.filters,
            one_per_source=judged.per_document,
            plain=True,
        )
        results.append(_result(query, found.hits, found.seconds, measures))
        on_progress(len(results), len(chosen))
    require_located((result.details["located"] for result in results), dataset.name)
    seconds = [result.details["seconds"] for result in results]
    return EvalResult(
        dataset=dataset.name,
        stage="retrieval",
        system=arguments.mode,
        metrics=estimates(results, [str(measure) for measure in measures], "no query has a relevant document"),
        seconds=perf_counter() - began,
        per_query=tuple(results),
        further={
            "depth": arguments.depth,
            "without_answer": judged.without_answer,
            "latency": {"p50": percentile(seconds, 0.5), "p95": percentile(seconds, 0.95)},
            **_published_count(dataset, results, judged),
        },
    )


def _published_count(dataset: Dataset, results: Sequence[QueryResult], judged: JudgedQueries) -> dict[str, Any]:
    # A sample has no share of the groups without an answer.
    if not isinstance(dataset, SubjqaSet) or len(results) < len(judged.queries):
        return {}
    ranked = [
        RankedGroup(r.id, [document for document, _ in r.details["ranking"]], r.details["grades"]) for r in results
    ]
    return {"published_count": published_count(dataset, ranked)}


def _result(query: JudgedQuery, hits: Sequence[Hit], seconds: float, measures: Sequence[RankingMeasure]) -> QueryResult:
    scored = query.scored(hits)
    ranking = [document for document, _ in scored]
    values = {str(measure): measure(ranking, query.grades) for measure in measures}
    details = {
        "ranking": [list(pair) for pair in scored],
        "grades": dict(query.grades),
        "located": query.located(hits),
        "seconds": seconds,
    }
    return QueryResult(query.id, query.text, values, details)
