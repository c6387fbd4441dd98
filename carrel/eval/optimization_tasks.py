"""What a kind of model is measured at when it is optimized: one call to time, and all questions for the quality."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carrel.datasets import Dataset
from carrel.errors import UserError
from carrel.eval.questions import OpenQuestion, reading_questions, seeded_sample
from carrel.measures import token_f1
from carrel.settings import BackendName

_CANDIDATES = 20
"""Texts that a pair scorer orders for a question, its own among them."""


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of work, by functions of a loaded model.

    `call` does the work of the question with this number (round and round), `outputs` that of all `count` questions;
    `value` rates such outputs as `quality` says, `agree` compares two of them as `agreement` says.
    """

    kind: str
    quality: str
    agreement: str
    count: int
    load: Callable[[Any, BackendName], Any]
    call: Callable[[Any, int], object]
    outputs: Callable[[Any], Any]
    value: Callable[[Any], float]
    agree: Callable[[Any, Any], float]


def reader_task(dataset: Dataset, *, limit: int, seed: int, threads: int) -> Task:
    """Read each question in its own text; the quality is the mean token F1 of the best span."""
    from carrel.models.span_reader import load_span_model

    asked = _answerable(dataset, limit, seed)

    def answer(model: Any, question: OpenQuestion) -> str:
        text = question.contexts[0].text
        spans = model.read(question.text, [text], count=1)[0]
        return text[spans[0].start : spans[0].end] if spans else ""

    return Task(
        kind="span reader",
        quality="F1",
        agreement="F1 of its answers against the original's",
        count=len(asked),
        load=lambda model, backend: load_span_model(model, threads=threads, backend=backend),
        call=lambda model, number: answer(model, asked[number % len(asked)]),
        outputs=lambda model: [answer(model, question) for question in asked],
        value=lambda answers: _mean(token_f1(a, q.golds) for a, q in zip(answers, asked, strict=True)),
        agree=lambda answers, others: _mean(token_f1(a, [b]) for a, b in zip(answers, others, strict=True)),
    )


def encoder_task(dataset: Dataset, *, limit: int, seed: int, threads: int) -> Task:
    """Find each question's text among all the questions' texts; a call embeds one text."""
    from carrel.models.sentence_encoder import load_encoder

    asked = _answerable(dataset, limit, seed)
    texts = list(dict.fromkeys(question.contexts[0].text for question in asked))
    place = {text: number for number, text in enumerate(texts)}
    wanted = np.array([place[question.contexts[0].text] for question in asked])

    def vectors(model: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return model.encode(texts), np.stack([model.encode_query(question.text) for question in asked])

    return Task(
        kind="sentence encoder",
        quality="MRR",
        agreement="mean cosine with the original",
        count=len(asked),
        load=lambda model, backend: load_encoder(model, threads=threads, backend=backend),
        call=lambda model, number: model.encode([texts[number % len(texts)]]),
        outputs=vectors,
        value=lambda found: _mrr(found[1] @ found[0].T, wanted),
        agree=lambda found, others: float(np.mean(np.sum(found[0] * others[0], axis=1))),
    )


def pair_task(dataset: Dataset, *, limit: int, seed: int, threads: int) -> Task:
    """Order a few texts for each question, its own among them; a call scores them all."""
    from carrel.models.pair_scorer import load_pair_scorer

    asked = _answerable(dataset, limit, seed)
    texts = list(dict.fromkeys(question.contexts[0].text for question in asked))
    place = {text: number for number, text in enumerate(texts)}
    shifts = range(min(_CANDIDATES, len(texts)))
    own = [place[question.contexts[0].text] for question in asked]
    among = [[texts[(number + shift) % len(texts)] for shift in shifts] for number in own]

    def scores(model: Any, number: int) -> Any:
        return model.score(asked[number].text, among[number])

    return Task(
        kind="pair scorer",
        quality="MRR",
        agreement="share of the original's best texts",
        count=len(asked),
        load=lambda model, backend: load_pair_scorer(model, threads=threads, backend=backend),
        call=lambda model, number: scores(model, number % len(asked)),
        outputs=lambda model: np.stack([scores(model, number) for number in range(len(asked))]),
        value=lambda found: _mrr(found, np.zeros(len(asked), dtype=int)),
        agree=lambda found, others: float(np.mean(found.argmax(axis=1) == others.argmax(axis=1))),
    )


def _answerable(dataset: Dataset, limit: int, seed: int) -> list[OpenQuestion]:
    asked = [question for question in reading_questions(dataset) if question.golds]
    if len(asked) < 2:
        raise UserError(f"{dataset.name} has {len(asked)} questions with an answer: too few to measure with")
    return seeded_sample(asked, limit, seed)


def _mrr(scores: NDArray[np.float32], wanted: NDArray[np.int64]) -> float:
    own = scores[np.arange(len(wanted)), wanted]
    return float(np.mean(1 / (1 + (scores > own[:, None]).sum(axis=1))))


def _mean(values: Any) -> float:
    found: Sequence[float] = list(values)
    return sum(found) / len(found)
