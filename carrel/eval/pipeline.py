"""Evaluation of the whole pipeline: open questions asked of a collection, and where the loss comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from typing import Any

from carrel._haystack import Document
from carrel.datasets import Dataset
from carrel.eval.blame import Substitutions, blame_question, blame_shares
from carrel.eval.desk import Desk, Progress, no_progress
from carrel.eval.gold import GoldLocator, require_located
from carrel.eval.questions import OpenQuestion, open_questions, seeded_sample
from carrel.eval.result import EvalResult, QueryResult, estimates
from carrel.measures import exact_match, percentile, token_f1
from carrel.types import Answer, AskResult, Hit

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
    """Ask every question and measure the top answer (EM, F1), the retrieval behind it, and the offsets of all answers.

    An abstention scores 0 on a question that has an answer, and 1 on one that has none; the measures "if answered" take
    what came nearest in its place. `further` holds `blame` (see
    `carrel.eval.blame`), the number of answers whose offsets were wrong, and latency.

    Raises:
        UserError: the dataset has no gold spans, or the collection holds none of the texts that it asks about.
    """
    began = perf_counter()
    evaluation = _Evaluation(desk, arguments)
    chosen = seeded_sample(open_questions(dataset), arguments.limit, arguments.seed)
    results = []
    for done, question in enumerate(chosen, start=1):
        results.append(evaluation.ask(question))
        on_progress(done, len(chosen))
    require_located((result.details["located"] for result in results), dataset.name)
    return EvalResult(
        dataset=dataset.name,
        stage="pipeline",
        system=system,
        metrics=estimates(results, evaluation.measures, "no question has an answer"),
        seconds=perf_counter() - began,
        per_query=tuple(results),
        further={
            "blame": blame_shares([result.details["blame"] for result in results]),
            "blame_of": BLAME_OF,
            "answers": sum(result.details["answers"] for result in results),
            "offset_violations": sum(result.details["offset_violations"] for result in results),
            "retriever_top_k": arguments.retriever_top_k,
            "latency": {name: _latency(results, name) for name in ("retrieve", "read", "total")},
        },
    )


class _Evaluation:
    """Asks one question after another of one desk."""

    def __init__(self, desk: Desk, arguments: PipelineArguments) -> None:
        self._desk = desk
        self._arguments = arguments
        self._gold = GoldLocator(desk.store)
        self._text = lru_cache(maxsize=256)(lambda source, version: desk.store.version_text(source, version).text)
        depths = {k for k in RECALLS if k < arguments.retriever_top_k} | {arguments.retriever_top_k}
        self._recalls = {f"recall@{k}": k for k in sorted(depths)}

    @property
    def measures(self) -> list[str]:
        return ["EM", "F1", "EM if answered", "F1 if answered", *self._recalls, "abstained"]

    def ask(self, question: OpenQuestion) -> QueryResult:
        passages = self._arguments.retriever_top_k
        result = self._desk.ask(
            question.text, top_k=self._arguments.top_k, filters=question.filters, retriever_top_k=passages
        )
        hits = self._desk.search(question.text, top_k=passages, filters=question.filters).hits
        answer = result.best.text if result.best else ""
        nearest = result.answers[0].text if result.answers else ""
        values: dict[str, float | None] = {
            "EM": exact_match(answer, question.golds),
            "F1": token_f1(answer, question.golds),
            "EM if answered": exact_match(nearest, question.golds),
            "F1 if answered": token_f1(nearest, question.golds),
            "abstained": float(result.abstained),
        }
        first = next((hit.rank for hit in hits if self._gold.answers(question, hit)), None)
        for name, depth in self._recalls.items():
            values[name] = float(first is not None and first <= depth) if question.golds else None
        details = {
            "answer": answer,
            "golds": question.golds,
            "score": result.answers[0].scores.get("reader") if result.answers else None,
            "located": self._gold.located(question, hits),
            "gold_rank": first,
            "blame": self._blame(question, result, hits, retrieved=first is not None),
            "answers": len(result.answers),
            "offset_violations": sum(not self._stands(answer) for answer in result.answers),
            "seconds": dict(result.seconds),
        }
        return QueryResult(question.id, question.text, values, details)

    def _blame(
        self, question: OpenQuestion, result: AskResult, hits: Sequence[Hit], *, retrieved: bool
    ) -> dict[str, float]:
        as_is = token_f1(result.best.text if result.best else "", question.golds)
        if as_is == 1 or not question.golds:
            return blame_question(Substitutions(as_is), answerable=bool(question.golds))
        unheld = with_gold = None
        if result.abstained:
            held = result.answers or self._read(question, self._desk.store.get([hit.id for hit in hits]))
            unheld = _best_f1(held, question)
        if not retrieved:
            contexts = [Document(content=context.text) for context in question.contexts if context.answers]
            with_gold = _best_f1(self._read(question, contexts), question)
        return blame_question(Substitutions(as_is, unheld, with_gold), answerable=True)

    def _read(self, question: OpenQuestion, documents: list[Document]) -> Sequence[Answer]:
        return self._desk.reader.read(question.text, documents, top_k=1).answers if documents else ()

    def _stands(self, answer: Answer) -> bool:
        """Tell whether the answer is the text between its offsets, in the version that it names."""
        text: Any = self._text(answer.source, answer.version)
        return bool(text[answer.span.start : answer.span.end] == answer.text)


def _best_f1(answers: Sequence[Answer], question: OpenQuestion) -> float:
    return token_f1(answers[0].text if answers else "", question.golds)


def _latency(results: Sequence[QueryResult], name: str) -> dict[str, float | None]:
    seconds = [result.details["seconds"][name] for result in results]
    return {"p50": percentile(seconds, 0.5), "p95": percentile(seconds, 0.95)}
