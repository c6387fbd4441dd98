"""TREC qrels and run files (https://trec.nist.gov/data/qrels_eng/, `trec_eval` README)."""

from __future__ import annotations

import math
import os
from pathlib import Path

from carrel.datasets.files import read_lines
from carrel.datasets.retrieval import Qrels, Run
from carrel.errors import DataFormatError


def read_qrels(path: Path | str) -> dict[str, dict[str, int]]:
    """Read `query iteration document grade` lines, split at white space; the iteration is not used.

    Raises:
        DataFormatError: a line has other fields, or judges a document again with another grade.
    """
    path = Path(path)
    qrels: dict[str, dict[str, int]] = {}
    for number, line in read_lines(path):
        fields = line.split()
        if len(fields) != 4:
            raise DataFormatError(f"{path}, line {number}: expected 'query iteration document grade', found {line!r}")
        query, _, document, grade = fields
        add_grade(qrels, query, document, grade, where=f"{path}, line {number}")
    return qrels


def write_qrels(path: Path | str, qrels: Qrels) -> None:
    """Write judgements in the order given, with iteration 0."""
    lines = [
        f"{_word(query)} 0 {_word(document)} {grade}\n"
        for query, grades in qrels.items()
        for document, grade in grades.items()
    ]
    _write_aside(Path(path), lines)


def read_run(path: Path | str) -> dict[str, dict[str, float]]:
    """Read `query Q0 document rank score tag` lines; as in `trec_eval`, the score orders and the rank is not used.

    Raises:
        DataFormatError: a line has other fields, the score is no finite number, or a document comes twice.
    """
    path = Path(path)
    run: dict[str, dict[str, float]] = {}
    for number, line in read_lines(path):
        where = f"{path}, line {number}"
        fields = line.split()
        if len(fields) != 6:
            raise DataFormatError(f"{where}: expected 'query Q0 document rank score tag', found {line!r}")
        query, _, document, _, score, _ = fields
        scores = run.setdefault(query, {})
        if document in scores:
            raise DataFormatError(f"{where}: document {document!r} is ranked twice for query {query!r}")
        scores[document] = _finite(score, where)
    return run


def write_run(path: Path | str, run: Run, tag: str = "carrel") -> None:
    """Write a run, best score first, ties by id; a score reads back exactly."""
    lines = [
        f"{_word(query)} Q0 {_word(document)} {rank} {score!r} {_word(tag)}\n"
        for query, scores in run.items()
        for rank, (document, score) in enumerate(sorted(scores.items(), key=lambda s: (-s[1], s[0])), start=1)
    ]
    _write_aside(Path(path), lines)


def add_grade(qrels: dict[str, dict[str, int]], query: str, document: str, grade: str, *, where: str) -> None:
    """Add one judgement; `where` (file and line) begins the message of a `DataFormatError`."""
    try:
        value = int(grade)
    except ValueError as error:
        raise DataFormatError(f"{where}: the grade {grade!r} is no whole number") from error
    if qrels.setdefault(query, {}).setdefault(document, value) != value:
        raise DataFormatError(f"{where}: document {document!r} has two grades for query {query!r}")


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
