"""Evaluation of a reader: every question with the context that it was written for."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from carrel._haystack import Document
from carrel.datasets import Dataset
from carrel.eval.desk import Progress, Reader, no_progress
from carrel.eval.questions import OpenQuestion, open_questions, reading_questions, seeded_sample
from carrel.eval.result import EvalResult, QueryResult, estimates
from carrel.eval.selective import selective_report, threshold_in_halves
from carrel.eval.shown import shown_annotation, shown_answer
from carrel.measures import best_threshold, exact_match, percentile, token_f1

SCORE = "reader"

Passages = Callable[[OpenQuestion], Sequence[Document]]
"""Gives the passages in which a question is read."""


@dataclass(frozen=True, slots=True)
class ReaderArguments:
    """How a reader is evaluated.

    An answer whose score (log-odds against "no answer") is below `threshold` counts as "no answer". None leaves the
    decision to the reader in a set with unanswerable questions, and always answers in a set without them, as SQuAD 1.1
    wants it. With `always_answer` nothing is withheld at all.
    """

    threshold: float | None = None
    always_answer: bool = False
    limit: int | None = None
    seed: int = 0


def evaluate_reader(
    reader: Reader,
    dataset: Dataset,
    arguments: ReaderArguments = ReaderArguments(),
    on_progress: Progress = no_progress,
    system: str = "reader",
    *,
    retrieved: Passages | None = None,
) -> EvalResult:
    """Read every question's own context, or what was `retrieved` for it, and measure the best answer by EM and F1.

    With unanswerable questions in the set, EM and F1 come for both kinds too, and `further["best_threshold"]` is the
    threshold that would have given the best F1 here: to be used on other data, never to report this set.
    `further["threshold_in_halves"]` chooses it on half of the texts and measures it on the other half.

    Raises:
        UserError: the dataset has no gold spans.
    """
    began = perf_counter()
    questions = reading_questions(dataset) if retrieved is None else open_questions(dataset)
    chosen = seeded_sample(questions, arguments.limit, arguments.seed)
    with_unanswerable = any(not question.golds for question in questions)
    results = []
    for done, question in enumerate(chosen, start=1):
        passages = own_context(question) if retrieved is None else retrieved(question)
        results.append(_read(reader, question, passages, arguments, may_abstain=with_unanswerable))
        on_progress(done, len(chosen))
    names = ["EM", "F1"]
    further: dict[str, Any] = {"threshold": arguments.threshold, "latency": _latency(results)}
    further |= selective_report(results)
    if with_unanswerable:
        names += ["EM answerable", "F1 answerable", "EM unanswerable", "F1 unanswerable", "abstained"]
        further["best_threshold"] = _best_threshold(results)
        further["threshold_in_halves"] = threshold_in_halves(results)
    return EvalResult(
        dataset=dataset.name,
        stage="reader",
        system=system,
        metrics=estimates(results, names, "no question of this kind"),
        seconds=perf_counter() - began,
        per_query=tuple(results),
        further=further,
    )


def answering_contexts(question: OpenQuestion) -> list[Document]:
    """Return the texts in which annotators found an answer, or all of the question's where they found none."""
    chosen = [context for context in question.contexts if context.answers] or question.contexts
    return [Document(content=context.text) for context in chosen]


def own_context(question: OpenQuestion) -> list[Document]:
    """Return the text that the question was written for."""
    return [Document(content=question.contexts[0].text)]


def _read(
    reader: Reader,
    question: OpenQuestion,
    passages: Sequence[Document],
    arguments: ReaderArguments,
    *,
    may_abstain: bool,
) -> QueryResult:
    began = perf_counter()
    reading = reader.read(question.text, passages, top_k=1)
    seconds = perf_counter() - began
    span = reading.answers[0].text if reading.answers else ""
    score = float(reading.answers[0].scores[SCORE]) if reading.answers else None
    threshold = arguments.threshold
    too_low = threshold is not None and (score is None or score < threshold)
    refused = too_low if threshold is not None else may_abstain and reading.abstained
    abstained = not reading.answers or (refused and not arguments.always_answer)
    answer = "" if abstained else span
    em, f1 = exact_match(answer, question.golds), token_f1(answer, question.golds)
    answerable = bool(question.golds)
    values = {
        "EM": em,
        "F1": f1,
        "EM answerable": em if answerable else None,
        "F1 answerable": f1 if answerable else None,
        "EM unanswerable": None if answerable else em,
        "F1 unanswerable": None if answerable else f1,
        "abstained": float(abstained),
    }
    details = {
        "answer": answer,
        "text": question.contexts[0].name,
        "golds": question.golds,
        "score": score,
        "confidence": reading.answers[0].confidence if reading.answers else None,
        "confidence_basis": reading.answers[0].confidence_basis if reading.answers else None,
        "shown": shown_answer(reading.answers[0] if reading.answers else None),
        "gold": shown_annotation(question),
        "if_answered": token_f1(span, question.golds),
        "if_abstained": token_f1("", question.golds),
        "exact": {"answered": exact_match(span, question.golds), "abstained": exact_match("", question.golds)},
        "seconds": seconds,
    }
    return QueryResult(question.id, question.text, values, details)


def _best_threshold(results: list[QueryResult]) -> dict[str, float | None]:
    scores = [-math.inf if r.details["score"] is None else r.details["score"] for r in results]
    answered, abstained = ([r.details[name] for r in results] for name in ("if_answered", "if_abstained"))
    best = best_threshold(scores, answered, abstained)
    # Infinite where abstaining never (or answering never) earns anything, which JSON cannot say.
    return {"value": best.value if math.isfinite(best.value) else None, "F1": best.mean}


def _latency(results: list[QueryResult]) -> dict[str, float | None]:
    seconds = [result.details["seconds"] for result in results]
    return {"p50": percentile(seconds, 0.5), "p95": percentile(seconds, 0.95)}
