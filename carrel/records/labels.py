"""Keeping labels, and reading them again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select

from carrel.records.database import Records
from carrel.records.label import Label
from carrel.records.schema import labels
from carrel.types import Span

_PAGE = 500


class Labels:
    """The labels of one collection; all methods may be called from several threads and processes."""

    def __init__(self, records: Records, collection: str) -> None:
        self._records = records
        self._collection = collection

    def add(self, given: Sequence[Label]) -> int:
        """Keep labels and return how many are new; one that is kept already is not kept twice."""
        by_identity = {label.identity(self._collection): label for label in given}
        names = list(by_identity)
        with self._records.writing() as connection:
            for start in range(0, len(names), _PAGE):
                page = names[start : start + _PAGE]
                query = select(labels.c.identity).where(labels.c.identity.in_(page))
                for known in connection.execute(query).scalars():
                    del by_identity[known]
            now = time.time()
            rows = [self._row(identity, label, now) for identity, label in by_identity.items()]
            if rows:
                connection.execute(insert(labels), rows)
        return len(rows)

    def all(self, *, source: str | None = None) -> Iterator[Label]:
        """Yield the labels in the order in which they were kept, reading a page at a time."""
        query = select(labels).where(labels.c.collection == self._collection).order_by(labels.c.id).limit(_PAGE)
        if source is not None:
            query = query.where(labels.c.source == source)
        last = 0
        while True:
            with self._records.reading() as connection:
                page = connection.execute(query.where(labels.c.id > last)).all()
            yield from map(_label, page)
            if len(page) < _PAGE:
                return
            last = page[-1].id

    def count(self) -> int:
        query = select(func.count()).where(labels.c.collection == self._collection)
        with self._records.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def remove(self, ids: Sequence[int]) -> int:
        """Remove labels by their numbers and return how many there were."""
        removed = 0
        with self._records.writing() as connection:
            for start in range(0, len(ids), _PAGE):
                page = ids[start : start + _PAGE]
                found = labels.c.id.in_(page) & (labels.c.collection == self._collection)
                removed += connection.execute(delete(labels).where(found)).rowcount
        return removed

    def _row(self, identity: str, label: Label, now: float) -> dict[str, Any]:
        return {
            "identity": identity,
            "collection": self._collection,
            "question_id": label.question_id,
            "question": label.question,
            "source": label.source,
            "version": label.version,
            "start": None if label.span is None else label.span.start,
            "end": None if label.span is None else label.span.end,
            "origin": label.origin,
            "created": label.created or now,
        }


def _label(row: Any) -> Label:
    span = None if row.start is None else Span(row.start, row.end)
    return Label(row.question, row.source, row.version, span, row.question_id, row.origin, row.id, row.created)
