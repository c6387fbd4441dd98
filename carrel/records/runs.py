"""Keeping runs of evaluations, and finding them again."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from carrel.errors import UnknownRunError
from carrel.records.database import Records
from carrel.records.run import CollectionState, RunQuestion, RunRecord, RunSummary
from carrel.records.schema import run_collections, run_questions, runs

_ROWS_AT_ONCE = 500


class Runs:
    """The runs of one home, numbered from 1 in the order in which they were kept."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def add(self, run: RunRecord) -> RunRecord:
        """Keep a run; returns it with its number and the time."""
        created = time.time()
        with self._records.writing() as connection:
            content = _keep_collection(connection, run.collection)
            run_id = connection.execute(
                insert(runs).values(_row(run, created, content)).returning(runs.c.id)
            ).scalar_one()
            rows = [
                {
                    "run": run_id,
                    "place": place,
                    "id": q.id,
                    "query": q.query,
                    "measured": q.values,
                    "details": q.details,
                }
                for place, q in enumerate(run.questions)
            ]
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                connection.execute(insert(run_questions), rows[start : start + _ROWS_AT_ONCE])
        return replace(run, id=run_id, created=created)

    def get(self, run_id: int) -> RunRecord:
        """Return a run with all of its questions.

        Raises:
            UnknownRunError: there is none with this number.
        """
        with self._records.reading() as connection:
            row = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
            if row is None:
                raise UnknownRunError(_unknown(connection, run_id))
            questions = connection.execute(
                select(run_questions).where(run_questions.c.run == run_id).order_by(run_questions.c.place)
            )
            found = tuple(RunQuestion(q.id, q.query, q.measured, q.details) for q in questions)
            return _record(row, _collection(connection, row), found)

    def summaries(self, *, limit: int = 50) -> list[RunSummary]:
        """Return the newest runs, newest first."""
        with self._records.reading() as connection:
            rows = connection.execute(select(runs).order_by(runs.c.id.desc()).limit(limit))
            return [
                RunSummary(
                    row.id,
                    row.created,
                    row.dataset,
                    row.stage,
                    row.system,
                    row.collection,
                    row.question_count,
                    row.metrics,
                    row.seconds,
                )
                for row in rows
            ]

    def delete(self, run_id: int) -> None:
        """Forget a run.

        Raises:
            UnknownRunError: there is none with this number.
        """
        with self._records.writing() as connection:
            if not connection.execute(delete(runs).where(runs.c.id == run_id)).rowcount:
                raise UnknownRunError(_unknown(connection, run_id))
            connection.execute(delete(run_questions).where(run_questions.c.run == run_id))
            kept = select(runs.c.content).where(runs.c.content.is_not(None))
            connection.execute(delete(run_collections).where(run_collections.c.content.not_in(kept)))


def _row(run: RunRecord, created: float, content: str | None) -> dict[str, Any]:
    state = run.collection
    return {
        "created": created,
        "dataset": run.dataset,
        "stage": run.stage,
        "system": run.system,
        "plan": run.plan,
        "settings": run.settings,
        "models": run.models,
        "versions": run.versions,
        "collection": state.name if state else None,
        "content": content,
        "revision": state.revision if state else None,
        "passages": state.passages if state else None,
        "vectors": state.vectors if state else None,
        "metrics": run.metrics,
        "further": run.further,
        "seconds": run.seconds,
        "question_count": len(run.questions),
    }


def _record(row: Any, collection: CollectionState | None, questions: tuple[RunQuestion, ...]) -> RunRecord:
    return RunRecord(
        dataset=row.dataset,
        stage=row.stage,
        system=row.system,
        plan=row.plan,
        settings=row.settings,
        models=row.models,
        versions=row.versions,
        collection=collection,
        metrics=row.metrics,
        further=row.further,
        seconds=row.seconds,
        questions=questions,
        id=row.id,
        created=row.created,
    )


def _keep_collection(connection: Connection, state: CollectionState | None) -> str | None:
    """Keep the list of sources once for all runs on the same content."""
    if state is None:
        return None
    content = state.content
    known = select(run_collections.c.content).where(run_collections.c.content == content)
    if connection.execute(known).first() is None:
        packed = zlib.compress(json.dumps(dict(state.sources), ensure_ascii=False).encode("utf-8"))
        connection.execute(insert(run_collections).values(content=content, sources=packed))
    return content


def _collection(connection: Connection, row: Any) -> CollectionState | None:
    if row.content is None:
        return None
    packed: bytes = connection.execute(
        select(run_collections.c.sources).where(run_collections.c.content == row.content)
    ).scalar_one()
    sources: Mapping[str, str] = json.loads(zlib.decompress(packed))
    return CollectionState(row.collection, row.revision, row.passages, row.vectors, sources)


def _unknown(connection: Connection, run_id: int) -> str:
    newest = connection.execute(select(func.max(runs.c.id))).scalar()
    known = f"the newest is {newest}" if newest else "nothing was measured in this home yet"
    return f"There is no run {run_id} ({known}); 'carrel eval runs' lists them"
