"""The questions that people asked: for their history, and to choose those whose labelling tells most."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update

from carrel.records.database import Records
from carrel.records.schema import asked


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question, and what was answered when it was asked last.

    `answer` is what came nearest where the platform `abstained`; `doubt` says, from 0 to 1, how little sure the answer
    is, and `reasons` why. `asked` is in seconds since the epoch; `times` counts how often.
    """

    question: str
    filters: Mapping[str, Any] | None
    abstained: bool
    answer: str
    source: str | None
    confidence: float | None
    doubt: float
    reasons: tuple[str, ...]
    id: int = 0
    asked: float = 0.0
    times: int = 0


class Asked:
    """The questions of one collection; all methods may be called from several threads and processes."""

    def __init__(self, records: Records, collection: str) -> None:
        self._records = records
        self._collection = collection

    def add(self, question: AskedQuestion) -> int:
        """Keep a question, or what came of asking it again; returns its number."""
        identity = self._identity(question.question, question.filters)
        values = {
            "asked": time.time(),
            "abstained": question.abstained,
            "answer": question.answer,
            "source": question.source,
            "confidence": question.confidence,
            "doubt": question.doubt,
            "reasons": list(question.reasons),
        }
        with self._records.writing() as connection:
            again = update(asked).where(asked.c.identity == identity).values(times=asked.c.times + 1, **values)
            known = connection.execute(again.returning(asked.c.id)).scalar()
            if known is not None:
                return int(known)
            new = {
                "identity": identity,
                "collection": self._collection,
                "question": question.question,
                "filters": question.filters,
                "times": 1,
            }
            return int(connection.execute(insert(asked).values(**new, **values).returning(asked.c.id)).scalar_one())

    def latest(self, *, limit: int = 20) -> list[AskedQuestion]:
        """Return the questions that were asked last, newest first."""
        query = select(asked).where(asked.c.collection == self._collection).order_by(asked.c.asked.desc())
        return self._rows(query.limit(limit))

    def most_doubtful(self, *, limit: int = 20) -> list[AskedQuestion]:
        """Return the questions that nobody has settled, those with the most doubt first."""
        open_ones = select(asked).where(asked.c.collection == self._collection, asked.c.settled.is_(None))
        return self._rows(open_ones.order_by(asked.c.doubt.desc(), asked.c.id).limit(limit))

    def settle(self, question: str, filters: Mapping[str, Any] | None = None) -> None:
        """Take note that a person has labelled a question, or passed it over."""
        settled = update(asked).where(asked.c.identity == self._identity(question, filters))
        with self._records.writing() as connection:
            connection.execute(settled.values(settled=time.time()))

    def counts(self) -> tuple[int, int]:
        """Return how many questions there are, and how many of them are settled."""
        query = select(func.count(), func.count(asked.c.settled)).where(asked.c.collection == self._collection)
        with self._records.reading() as connection:
            total, settled = connection.execute(query).one()
        return int(total), int(settled)

    def _rows(self, query: Any) -> list[AskedQuestion]:
        with self._records.reading() as connection:
            return [_question(row) for row in connection.execute(query)]

    def _identity(self, question: str, filters: Mapping[str, Any] | None) -> str:
        parts: Sequence[Any] = (self._collection, question, filters)
        return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _question(row: Any) -> AskedQuestion:
    return AskedQuestion(
        row.question,
        row.filters,
        row.abstained,
        row.answer,
        row.source,
        row.confidence,
        row.doubt,
        tuple(row.reasons),
        row.id,
        row.asked,
        row.times,
    )
