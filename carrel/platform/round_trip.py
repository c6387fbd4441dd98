"""Round-trip filtering of made questions: kept is what a reader gives back (Alberti et al. 2019)."""

from __future__ import annotations

from collections.abc import Sequence

from carrel.datasets import SquadQuestion
from carrel.measures.answers import token_f1
from carrel.models.span_reader import SpanModel
from carrel.platform.outcomes import RIGHT


def answered_back(reader: SpanModel, questions: Sequence[SquadQuestion], *, best: int) -> list[SquadQuestion]:
    """Return the questions for which the answer is among the reader's `best` spans of their own passage."""
    return [question for question in questions if _answered(reader, question, best)]


def _answered(reader: SpanModel, question: SquadQuestion, best: int) -> bool:
    golds = [gold.text for gold in question.answers]
    (spans,) = reader.read(question.question, [question.context], count=best)
    return any(token_f1(question.context[span.start : span.end], golds) >= RIGHT for span in spans)
