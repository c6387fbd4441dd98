"""Evaluation of the whole pipeline: open questions asked of a collection, and where the loss comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from time import perf_counter
from typing import Any

from carrel.datasets import Dataset
from carrel.eval.blame import Substitutions, blame_question, blame_shares, first_blamed
from carrel.eval.corpus import find_homes
from carrel.eval.desk import Desk, Progress, no_progress, ranking_score
from carrel.eval.evidence import Evidence, EvidenceTracer
from carrel.eval.gold import require_located
from carrel.eval.questions import OpenQuestion, open_questions, seeded_sample
from carrel.eval.result import EvalResult, QueryResult, estimates
from carrel.eval.shown import shown_answer, shown_gold
from carrel.eval.substitution import Substitution
from carrel.measures import exact_match, percentile, token_f1
from carrel.types import Answer, AskResult

BLAME_OF = "F1"
RECALLS = (1, 3, 5, 10)


@dataclass(frozen=True, slots=True)
class PipelineArguments:
    """How the pipeline is evaluated: `retriever_top_k` passages go to the reader; `limit` and `seed` take a sample."""

    retriever_top_k: int = 10
    top_k: int = 5
    limit: int | None = None
    seed: int = 0


def evaluate_pipeline(
    desk: Desk,
    dataset: Dataset,
    arguments: PipelineArguments = PipelineArguments(),
    on_progress: Progress = no_progress,
    system: str = "pipeline",
) -> EvalResult:
    """Ask every question and measure every stage: the retriever (recall), the reader alone, and all of it together.

    `F1` is the top answer's; an abstention scores 0 on a question that has an answer, and 1 on one that has none.
    "If answered" is the reader on the passages retrieved, which may not abstain; "on gold passages" is the reader
    alone. `further` holds `blame` (see `carrel.eval.blame`), the number of answers whose offsets were wrong, and
    latency.

    Raises:
        UserError: the dataset has no gold spans, or the collection holds none of the texts that it asks about.
    """
    began = perf_counter()
    chosen = seeded_sample(open_questions(dataset), arguments.limit, arguments.seed)
    evaluation = _Evaluation(desk, chosen, arguments)
    results = []
    for done, question in enumerate(chosen, start=1):
        results.append(evaluation.ask(question))
        on_progress(done, len(chosen))
    require_located((result.details["located"] for result in results), dataset.name)
    metrics = estimates(results, evaluation.measures, "no question has an answer")
    return EvalResult(
        dataset=dataset.name,
        stage="pipeline",
        system=system,
        metrics=metrics,
        seconds=perf_counter() - began,
        per_query=tuple(results),
        further={
            "blame": shares_of(results, metrics[BLAME_OF].value),
            "blame_of": BLAME_OF,
            "answers": sum(result.details["answers"] for result in results),
            "offset_violations": sum(result.details["offset_violations"] for result in results),
            "retriever_top_k": arguments.retriever_top_k,
            "latency": {name: _latency(results, name) for name in ("retrieve", "read", "total")},
        },
    )


def shares_of(results: Sequence[QueryResult], value: float | None) -> dict[str, float]:
    """Return the share of every class of blame; together they are 1 - `value`, the mean of what was blamed."""
    losses = [
        blame_question(Substitutions(**result.details["substitutions"]), answerable=bool(result.details["golds"]))
        for result in results
    ]
    return blame_shares(losses, 0.0 if value is None else 1.0 - value)


class _Evaluation:
    """Asks one question after another of one desk."""

    def __init__(self, desk: Desk, questions: Sequence[OpenQuestion], arguments: PipelineArguments) -> None:
        self._desk = desk
        self._arguments = arguments
        self._homes = find_homes(desk.store, questions)
        self._tracer = EvidenceTracer(desk, self._homes, read=arguments.retriever_top_k)
        self._substitution = Substitution(desk, read=arguments.retriever_top_k)
        self._text = lru_cache(maxsize=256)(lambda source, version: desk.store.version_text(source, version).text)
        depths = {k for k in RECALLS if k < arguments.retriever_top_k} | {arguments.retriever_top_k}
        self._recalls = {f"recall@{k}": k for k in sorted(depths)}

    @property
    def measures(self) -> list[str]:
        answers = ["EM", "F1", "EM if answered", "F1 if answered", "F1 on gold passages"]
        return [*answers, *self._recalls, "abstained"]

    def ask(self, question: OpenQuestion) -> QueryResult:
        result = self._desk.ask(
            question.text,
            top_k=self._arguments.top_k,
            filters=question.filters,
            retriever_top_k=self._arguments.retriever_top_k,
        )
        evidence = self._tracer.trace(question, result.passages) if question.golds else Evidence((), None)
        steps = self._substitution.steps(question, result, evidence)
        gold = {document.id for document in evidence.passages}
        rank = next((hit.rank for hit in result.passages if hit.id in gold), None)
        values = {**self._answer_values(question, result, steps), **self._recall_values(question, rank)}
        return QueryResult(question.id, question.text, values, self._details(question, result, evidence, steps, rank))

    def _answer_values(
        self, question: OpenQuestion, result: AskResult, steps: Substitutions
    ) -> dict[str, float | None]:
        answer = result.best.text if result.best else ""
        nearest = result.answers[0].text if result.answers else ""
        return {
            "EM": exact_match(answer, question.golds),
            "F1": token_f1(answer, question.golds),
            "EM if answered": exact_match(nearest, question.golds),
            "F1 if answered": token_f1(nearest, question.golds),
            "F1 on gold passages": steps.gold_alone,
            "abstained": float(result.abstained),
        }

    def _recall_values(self, question: OpenQuestion, rank: int | None) -> dict[str, float | None]:
        return {
            name: float(rank is not None and rank <= depth) if question.golds else None
            for name, depth in self._recalls.items()
        }

    def _details(
        self, question: OpenQuestion, result: AskResult, evidence: Evidence, steps: Substitutions, rank: int | None
    ) -> dict[str, Any]:
        first = result.answers[0] if result.answers else None
        losses = blame_question(steps, answerable=bool(question.golds))
        return {
            "answer": result.best.text if result.best else "",
            "golds": question.golds,
            "score": first.scores.get("reader") if first else None,
            "confidence": first.confidence if first else None,
            "confidence_basis": first.confidence_basis if first else None,
            "located": any(self._homes[context.text].sources for context in question.contexts),
            "gold_rank": rank,
            "ranks": dict(evidence.ranks),
            "ranking": [[hit.id, ranking_score(hit.scores)] for hit in result.passages],
            "blame": {name: float(loss) for name, loss in losses.items()},
            "blame_class": first_blamed(losses),
            "substitutions": asdict(steps),
            "shown": shown_answer(first),
            "gold": shown_gold(question, self._tracer),
            "answers": len(result.answers),
            "offset_violations": sum(not self._stands(answer) for answer in result.answers),
            "seconds": dict(result.seconds),
        }

    def _stands(self, answer: Answer) -> bool:
        """Tell whether the answer is the text between its offsets, in the version that it names."""
        text: Any = self._text(answer.source, answer.version)
        return bool(text[answer.span.start : answer.span.end] == answer.text)


def _latency(results: Sequence[QueryResult], name: str) -> dict[str, float | None]:
    seconds = [result.details["seconds"][name] for result in results]
    return {"p50": percentile(seconds, 0.5), "p95": percentile(seconds, 0.95)}
