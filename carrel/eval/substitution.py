"""Reading a question again with gold in the place of one stage after another (see `carrel.eval.blame`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from carrel._haystack import Document
from carrel.eval.blame import MISLABELLED, Substitutions
from carrel.eval.desk import Desk
from carrel.eval.evidence import Evidence, scored_documents, scored_like, with_evidence
from carrel.eval.questions import OpenQuestion
from carrel.measures import token_f1
from carrel.types import Answer, AskResult


@dataclass(frozen=True, slots=True)
class Scored:
    """F1 of a reading as it is, and of its best answer if that was held back."""

    as_is: float
    unheld: float


def answer_scores(question: OpenQuestion, answers: Sequence[Answer], *, abstained: bool) -> Scored:
    """Return F1 with the decision to abstain, and without it."""
    best = answers[0].text if answers else ""
    return Scored(
        token_f1("" if abstained else best, question.golds),
        token_f1(best, question.golds),
    )


class Substitution:
    """Puts gold in the place of what stages gave, and reads again."""

    def __init__(self, desk: Desk, *, read: int) -> None:
        self._desk = desk
        self._read = read

    def steps(self, question: OpenQuestion, result: AskResult, evidence: Evidence) -> Substitutions:
        """Return F1 after every step; the reading of the gold passages alone is made for every answerable question."""
        given = answer_scores(question, result.answers, abstained=result.abstained)
        steps = Substitutions(given.as_is, lost_by=evidence.lost_by)
        if not question.golds or evidence.lost_by == MISLABELLED:
            return steps
        reached = given
        if evidence.lost_by and given.as_is < 1:
            documents = with_evidence(self._desk, result.passages, evidence, self._read)
            reached = self._reading(question, documents)
            steps = replace(steps, with_evidence=reached.as_is)
        alone = scored_like(evidence.passages, scored_documents(self._desk, result.passages[:1]))
        return replace(steps, unheld=reached.unheld, gold_alone=self._reading(question, alone).unheld)

    def _reading(self, question: OpenQuestion, documents: Sequence[Document]) -> Scored:
        reading = self._desk.reader.read(question.text, documents, top_k=1)
        return answer_scores(question, reading.answers, abstained=reading.abstained)
