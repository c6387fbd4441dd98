"""TREC qrels and run files (https://trec.nist.gov/data/qrels_eng/, `trec_eval` README)."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

from carrel.datasets.files import read_lines
from carrel.datasets.judgements import Judgement, graded, whole_grade
from carrel.datasets.problems import OnBad, ProblemKind, ProblemLog
from carrel.datasets.retrieval import Qrels, Run
from carrel.errors import DataFormatError


def read_qrels(path: Path | str, *, on_bad: OnBad = "refuse") -> dict[str, dict[str, int]]:
    """Read `query iteration document grade` lines, split at white space; the iteration is not used.

    Raises:
        DataFormatError: a line has other fields.
        BadEntriesError: a document is judged again with another grade, and `on_bad` is "refuse" (else the first holds).
    """
    path = Path(path)
    log = ProblemLog()
    qrels = graded(_judgements(path), log)
    log.settled(str(path), on_bad)
    return qrels


def write_qrels(path: Path | str, qrels: Qrels) -> None:
    """Write judgements in the order given, with iteration 0."""
    lines = [
        f"{_word(query)} 0 {_word(document)} {grade}\n"
        for query, grades in qrels.items()
        for document, grade in grades.items()
    ]
    _write_aside(Path(path), lines)


def read_run(path: Path | str, *, on_bad: OnBad = "refuse") -> dict[str, dict[str, float]]:
    """Read `query Q0 document rank score tag` lines; as in `trec_eval`, the score orders and the rank is not used.

    Raises:
        DataFormatError: a line has other fields, or the score is no finite number.
        BadEntriesError: a document comes twice for a query, and `on_bad` is "refuse" (else its best score holds).
    """
    path = Path(path)
    log = ProblemLog()
    run: dict[str, dict[str, float]] = {}
    for number, line in read_lines(path):
        where = f"{path}, line {number}"
        fields = line.split()
        if len(fields) != 6:
            raise DataFormatError(f"{where}: expected 'query Q0 document rank score tag', found {line!r}")
        query, _, document, _, score, _ = fields
        scores = run.setdefault(query, {})
        if document in scores:
            log.add(ProblemKind.RANKED_TWICE, where, f"document {document!r} is ranked twice for query {query!r}")
        scores[document] = max(_finite(score, where), scores.get(document, -math.inf))
    log.settled(str(path), on_bad)
    return run


def write_run(path: Path | str, run: Run, tag: str = "carrel") -> None:
    """Write a run, best score first, ties by id; a score reads back exactly."""
    lines = [
        f"{_word(query)} Q0 {_word(document)} {rank} {score!r} {_word(tag)}\n"
        for query, scores in run.items()
        for rank, (document, score) in enumerate(sorted(scores.items(), key=lambda s: (-s[1], s[0])), start=1)
    ]
    _write_aside(Path(path), lines)


def _judgements(path: Path) -> Iterator[Judgement]:
    for number, line in read_lines(path):
        where = f"{path}, line {number}"
        fields = line.split()
        if len(fields) != 4:
            raise DataFormatError(f"{where}: expected 'query iteration document grade', found {line!r}")
        query, _, document, grade = fields
        yield Judgement(query, document, whole_grade(grade, where), where)


def _finite(score: str, where: str) -> float:
    try:
        value = float(score)
    except ValueError as error:
        raise DataFormatError(f"{where}: the score {score!r} is no number") from error
    if not math.isfinite(value):
        raise DataFormatError(f"{where}: the score {score!r} is not finite")
    return value


def _word(identifier: str) -> str:
    if not identifier or identifier.split() != [identifier]:
        raise DataFormatError(f"{identifier!r} cannot stand in a TREC file: ids must not be empty or hold white space")
    return identifier


def _write_aside(path: Path, lines: list[str]) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text("".join(lines), encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
