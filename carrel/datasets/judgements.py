"""Putting a retrieval dataset together: its judgements are checked against its queries and documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carrel.datasets.problems import OnBad, ProblemKind, ProblemLog
from carrel.datasets.retrieval import RetrievalDocument, RetrievalQuery, RetrievalSet
from carrel.errors import DataFormatError

Grades = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One line of qrels, and where it stands."""

    query: str
    document: str
    grade: int
    where: str


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query, and where it stands."""

    query: RetrievalQuery
    where: str


def whole_grade(text: str, where: str) -> int:
    """Read a grade.

    Raises:
        DataFormatError: it is no whole number.
    """
    try:
        return int(text)
    except ValueError as error:
        raise DataFormatError(f"{where}: the grade {text!r} is no whole number") from error


def checked_set(
    name: str,
    documents: Iterable[RetrievalDocument],
    queries: Iterable[NamedQuery],
    judgements: Iterable[Judgement],
    *,
    on_bad: OnBad,
) -> RetrievalSet:
    """Return the judged queries with their judgements; `documents` are iterated over once, to see which there are.

    Raises:
        BadEntriesError: something is wrong and `on_bad` is "refuse".
        DataFormatError: a document or query is malformed.
    """
    log = ProblemLog()
    by_id = distinct_queries(queries, log)
    known = [judgement for judgement in judgements if _is_known(judgement, by_id, log)]
    wanted = {judgement.document for judgement in known}
    held = {document.id for document in documents if document.id in wanted} if wanted else set()
    qrels = graded([judgement for judgement in known if _is_held(judgement, held, log)], log)
    _leave_out_without_gold(qrels, {judgement.query: judgement.where for judgement in known}, log)
    problems = log.settled(name, on_bad)
    judged = tuple(query for identifier, query in by_id.items() if identifier in qrels)
    return RetrievalSet(name, documents, judged, qrels, problems)


def distinct_queries(queries: Iterable[NamedQuery], log: ProblemLog) -> dict[str, RetrievalQuery]:
    """Return the queries by id; of two with one id, the first."""
    by_id: dict[str, RetrievalQuery] = {}
    for named in queries:
        if by_id.setdefault(named.query.id, named.query) is not named.query:
            log.add(ProblemKind.DUPLICATE_QUERY, named.where, f"the query id {named.query.id!r} comes a second time")
    return by_id


def graded(judgements: Iterable[Judgement], log: ProblemLog) -> Grades:
    """Return the grades by query and document; of two grades for one document, the first."""
    qrels: Grades = {}
    for judgement in judgements:
        first = qrels.setdefault(judgement.query, {}).setdefault(judgement.document, judgement.grade)
        if first != judgement.grade:
            what = f"document {judgement.document!r} has two grades for query {judgement.query!r}"
            log.add(ProblemKind.TWO_GRADES, judgement.where, what)
    return qrels


def _is_known(judgement: Judgement, queries: Mapping[str, RetrievalQuery], log: ProblemLog) -> bool:
    if judgement.query not in queries:
        log.add(ProblemKind.UNKNOWN_QUERY, judgement.where, f"there is no query {judgement.query!r}")
    return judgement.query in queries


def _is_held(judgement: Judgement, held: set[str], log: ProblemLog) -> bool:
    if judgement.document not in held:
        log.add(ProblemKind.UNKNOWN_DOCUMENT, judgement.where, f"there is no document {judgement.document!r}")
    return judgement.document in held


def _leave_out_without_gold(qrels: Grades, where: Mapping[str, str], log: ProblemLog) -> None:
    for query, place in where.items():
        if not any(grade > 0 for grade in qrels.get(query, {}).values()):
            log.add(ProblemKind.NO_GOLD, place, f"no document is relevant for query {query!r}")
            qrels.pop(query, None)
