"""The extractive reader as a Haystack component.

It stands where Haystack's `TransformersExtractiveReader` would, which leaves out token types (wrong inputs for BERT),
fails on documents without text, does not limit the length of an answer, and lets `top_k` decide what "no answer" is
worth. This one scores every span against "no answer" in its own window and keeps the offsets of the source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log1p
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from carrel._haystack import Document, ExtractedAnswer, component, default_from_dict, default_to_dict
from carrel.errors import ModelError, UserError
from carrel.models.locate import find_model
from carrel.readers.confidence import CONFIDENCE, Confidence, answer_features, load_confidence
from carrel.readers.passages import Passage, passages_of
from carrel.readers.ranking import Candidate, rank_candidates
from carrel.readers.risk import RISK, RiskCalibration, load_risk
from carrel.settings import BackendName
from carrel.types import Answer, RiskLimit, Span

if TYPE_CHECKING:
    from carrel.models.span_reader import SpanModel
    from carrel.models.spans import ScoredSpan

_SPANS_PER_PASSAGE = 5
"""However many answers are wanted, so that neither rank nor margin nor support depends on `top_k`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found: answers, best first, and whether "no answer" beats them all.

    `features` belong to the answers, one for one: what a calibration is fitted on (`carrel.readers.confidence`).
    `limit` is the confidence that decided about abstaining, where a risk was asked for.
    """

    answers: tuple[Answer, ...]
    abstained: bool
    features: tuple[dict[str, float], ...] = ()
    limit: RiskLimit | None = None


@component
class SpanReader:
    """Reads documents for the spans that answer a question."""

    def __init__(
        self,
        model: str | Path = "carrel-reader",
        *,
        top_k: int = 5,
        max_answer_tokens: int | None = None,
        stride: int | None = None,
        null_threshold: float | None = None,
        rank_weight: float = 0.0,
        confidence: str | Path | None = None,
        risk: float | None = None,
        threads: int = 0,
        backend: BackendName = "default",
        device: str | None = None,
    ) -> None:
        """Keep the settings; the model loads in `warm_up`.

        `model` is a packaged model, a folder or a hub name. `max_answer_tokens`, `stride` (tokens that the windows of a
        long passage share) and `null_threshold` (log-odds below which the reader abstains) are the model's own if None.
        Answers are ordered by the reader's log-odds less `rank_weight` times the logarithm of the passage's place in
        the retriever's order, counted from 1: a prior that does not depend on the scale of the retriever's scores.
        `confidence` is a calibration file; None takes the one beside the weights, if there is one. With a `risk` (at
        most this share of the given answers may be wrong) the confidence decides about abstaining instead of
        `null_threshold`, by the `risk.json` beside it. `threads`, `backend` and `device` are those of
        `load_span_model`.
        """
        _check_top_k(top_k)
        self.model = str(model)
        self.top_k = top_k
        self.max_answer_tokens = max_answer_tokens
        self.stride = stride
        self.null_threshold = null_threshold
        self.rank_weight = rank_weight
        self.confidence = None if confidence is None else str(confidence)
        self.risk = risk
        self.threads = threads
        self.backend: BackendName = backend
        self.device = device
        self._model: SpanModel | None = None
        self._confidence: Confidence | None = None
        self._limits: dict[float, RiskLimit] = {}

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(
            self,
            model=self.model,
            top_k=self.top_k,
            max_answer_tokens=self.max_answer_tokens,
            stride=self.stride,
            null_threshold=self.null_threshold,
            rank_weight=self.rank_weight,
            confidence=self.confidence,
            risk=self.risk,
            threads=self.threads,
            backend=self.backend,
            device=self.device,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SpanReader:
        reader: SpanReader = default_from_dict(cls, data)
        return reader

    def warm_up(self) -> None:
        """Load model and calibration; models of one name are loaded once per process."""
        self._loaded()

    @component.output_types(
        answers=list[ExtractedAnswer], spans=list[Answer], abstained=bool, limit=RiskLimit | None, seconds=float
    )
    def run(
        self, query: str, documents: list[Document], top_k: int | None = None, risk: float | None = None
    ) -> dict[str, Any]:
        """Return `answers` and the same as Carrel's own `spans`, best first, `abstained`, and the `seconds` it took.

        With `abstained`, "no answer" is the answer, and the others are what came nearest; `limit` is what decided that
        where a risk was asked for.
        """
        began = perf_counter()
        reading = self.read(query, documents, top_k=top_k, risk=risk)
        by_id = {document.id: document for document in documents}
        answers = [_extracted(query, answer, by_id[answer.id]) for answer in reading.answers]
        seconds = perf_counter() - began
        return {
            "answers": answers,
            "spans": list(reading.answers),
            "abstained": reading.abstained,
            "limit": reading.limit,
            "seconds": seconds,
        }

    def read(
        self,
        question: str,
        documents: Sequence[Document],
        *,
        top_k: int | None = None,
        risk: float | None = None,
        ranked: bool = True,
    ) -> Reading:
        """Return the best `top_k` answers that the documents give.

        Documents without text are passed over; the order of the others says how the retriever ranked them, unless they
        are not `ranked`. A passage gives at most five answers.

        Raises:
            UserError: the question is empty, `top_k` is below 1, or the risk is not between 0 and 1.
            ModelError: a risk is asked for, and there is no calibration of it.
            StoreError: a document's provenance does not fit its text.
        """
        count = self.top_k if top_k is None else _check_top_k(top_k)
        model = self._loaded()
        passages = passages_of(documents)
        threshold = model.manifest.null_threshold if self.null_threshold is None else self.null_threshold
        spans = model.read(question, [passage.text for passage in passages], count=_SPANS_PER_PASSAGE)
        weight = self.rank_weight if ranked else 0.0
        candidates = [
            _candidate(passage, span, weight) for passage, found in zip(passages, spans, strict=True) for span in found
        ]
        ordered = rank_candidates(candidates, null_threshold=threshold)
        reading = self._reading(ordered, count, len(passages), threshold)
        asked = self.risk if risk is None else risk
        return reading if asked is None else self._within(reading, asked)

    def _reading(self, ranked: Sequence[Candidate], count: int, passages: int, threshold: float) -> Reading:
        answers: list[Answer] = []
        features = []
        for index, candidate in enumerate(ranked):
            if len(answers) == count:
                break
            # What is best stays, whatever it is: "A" can be a grade.
            if answers and not candidate.has_words:
                continue
            features.append(answer_features(ranked, index, passages))
            answers.append(_answer(candidate, features[-1], self._confidence))
        # The best log-odds of all, not those of the first answer: a place in an order says nothing about "no answer".
        best = max((candidate.reader for candidate in ranked), default=float("-inf"))
        return Reading(tuple(answers), not answers or best < threshold, tuple(features))

    @property
    def fingerprint(self) -> str:
        """What a calibration belongs to: name and hash of what decides the scores."""
        return self._loaded().fingerprint

    def risk_limit(self, risk: float) -> RiskLimit:
        """Return from which confidence on answers are given at this risk.

        Raises:
            UserError: the risk is not between 0 and 1.
            ModelError: there is no calibration.
        """
        self.warm_up()
        if risk not in self._limits:
            self._limits[risk] = self._risk_calibration().limit(risk)
        return self._limits[risk]

    def _within(self, reading: Reading, risk: float) -> Reading:
        """Let the confidence of the first answer decide about abstaining."""
        limit = self.risk_limit(risk)
        given = bool(reading.answers) and limit.allows(reading.answers[0].confidence)
        return replace(reading, abstained=not given, limit=limit)

    def _risk_calibration(self) -> RiskCalibration:
        if self._confidence is None:
            raise ModelError(
                f"A risk needs a calibration, and {self.model} has none; make one with 'carrel adapt confidence'"
            )
        return load_risk(self._calibration_path().with_name(RISK), self._confidence)

    def _calibration(self, fingerprint: str) -> Confidence | None:
        path = self._calibration_path()
        if self.confidence is None and not path.is_file():
            return None
        return load_confidence(path, reader=fingerprint)

    def _calibration_path(self) -> Path:
        """Where the calibration is: a backend that runs other weights than the export has none of the export's."""
        from carrel.models.loading import run_folder

        if self.confidence is not None:
            return Path(self.confidence)
        return run_folder(find_model(self.model), self.model, self.backend) / CONFIDENCE

    def _loaded(self) -> SpanModel:
        if self._model is None:
            from carrel.models.span_reader import load_span_model

            model = load_span_model(
                self.model,
                stride=self.stride,
                max_answer_tokens=self.max_answer_tokens,
                threads=self.threads,
                backend=self.backend,
                device=self.device,
            )
            self._confidence = self._calibration(model.fingerprint)
            self._model = model
        return self._model


def _candidate(passage: Passage, span: ScoredSpan, rank_weight: float) -> Candidate:
    score = span.score - rank_weight * log1p(passage.rank)
    return Candidate(passage, Span(span.start, span.end), span.score, span.probability, score)


def _answer(candidate: Candidate, features: dict[str, float], confidence: Confidence | None) -> Answer:
    provenance = candidate.passage.provenance
    return Answer(
        text=candidate.text,
        span=candidate.span,
        source=provenance.source,
        version=provenance.version,
        title=provenance.title,
        page=provenance.page,
        context=candidate.passage.text,
        context_start=provenance.start,
        id=candidate.passage.document.id,
        confidence=None if confidence is None else confidence.probability(features),
        confidence_basis=None if confidence is None else confidence.basis,
        scores={**provenance.scores, "reader": candidate.reader},
    )


def _extracted(query: str, answer: Answer, document: Document) -> ExtractedAnswer:
    local = ExtractedAnswer.Span(answer.span.start - answer.context_start, answer.span.end - answer.context_start)
    return ExtractedAnswer(
        query=query,
        score=answer.scores["reader"],
        data=answer.text,
        document=replace(document, embedding=None, sparse_embedding=None),
        context=answer.context,
        document_offset=local,
        context_offset=local,
        meta={
            "source": answer.source,
            "version": answer.version,
            "start": answer.span.start,
            "end": answer.span.end,
            "title": answer.title,
            "page": answer.page,
            "confidence": answer.confidence,
            "confidence_basis": answer.confidence_basis,
            "scores": dict(answer.scores),
        },
    )


def _check_top_k(top_k: int) -> int:
    if top_k < 1:
        raise UserError(f"top_k must be at least 1, not {top_k}")
    return top_k
