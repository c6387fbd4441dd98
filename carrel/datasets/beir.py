"""BEIR folders (Thakur et al. 2021): `corpus.jsonl`, `queries.jsonl`, `qrels/<split>.tsv`, each also gzipped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carrel.datasets.files import find_file, read_jsonl, read_lines
from carrel.datasets.judgements import Judgement, NamedQuery, checked_set, whole_grade
from carrel.datasets.problems import OnBad
from carrel.datasets.retrieval import RetrievalDocument, RetrievalQuery, RetrievalSet
from carrel.errors import DataFormatError


@dataclass(frozen=True, slots=True)
class BeirCorpus:
    """The documents of a corpus file, read from disk anew by every iteration, one in memory at a time."""

    path: Path

    def __iter__(self) -> Iterator[RetrievalDocument]:
        for number, record in read_jsonl(self.path):
            where = f"{self.path}, line {number}"
            identifier = identifier_of(record, where)
            title, text = text_of(record, "title", where, default=""), text_of(record, "text", where)
            yield RetrievalDocument(identifier, title, text, _meta(record))


def read_beir(folder: Path | str, split: str = "test", *, on_bad: OnBad = "refuse") -> RetrievalSet:
    """Read a BEIR folder; queries without a judgement in this split are left out.

    The corpus is never held in memory: it is read through once here, for the documents that are judged, and again by
    whoever iterates over `documents`.

    Raises:
        DataFormatError: a file is missing or malformed.
        BadEntriesError: the files do not fit together and `on_bad` is "refuse".
    """
    folder = Path(folder)
    corpus, queries = folder / "corpus.jsonl", folder / "queries.jsonl"
    for needed in (corpus, queries):
        if find_file(needed) is None:
            raise DataFormatError(f"{folder} is no BEIR folder: it has no {needed.name} (or {needed.name}.gz)")
    judgements = _judgements(_qrels_file(folder, split))
    return checked_set(folder.resolve().name, BeirCorpus(corpus), _queries(queries), judgements, on_bad=on_bad)


def identifier_of(record: dict[str, Any], where: str) -> str:
    """Return the `_id` of a row of BEIR's layout.

    Raises:
        DataFormatError: it is missing.
    """
    value = record.get("_id")
    if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
        raise DataFormatError(f"{where}: '_id' is missing")
    return str(value)


def text_of(record: dict[str, Any], name: str, where: str, default: str | None = None) -> str:
    """Return a text of a row of BEIR's layout.

    Raises:
        DataFormatError: it is missing and has no default, or is no text.
    """
    value = record.get(name)
    value = default if value is None else value
    if not isinstance(value, str):
        raise DataFormatError(f"{where}: {name!r} is missing or no text")
    return value


def _qrels_file(folder: Path, split: str) -> Path:
    path = folder / "qrels" / f"{split}.tsv"
    if find_file(path) is None:
        splits = sorted({p.name.split(".")[0] for p in (folder / "qrels").glob("*.tsv*")})
        raise DataFormatError(f"{folder} has no qrels/{split}.tsv; its splits are: {', '.join(splits) or 'none'}")
    return path


def _judgements(path: Path) -> Iterator[Judgement]:
    for number, line in read_lines(path):
        where = f"{path}, line {number}"
        fields = [value.strip() for value in line.split("\t")]
        if len(fields) != 3:
            raise DataFormatError(f"{where}: expected query, document and grade between tabs: {line!r}")
        if number == 1 and not fields[2].lstrip("-").isdigit():
            continue  # the header
        query, document, grade = fields
        yield Judgement(query, document, whole_grade(grade, where), where)


def _queries(path: Path) -> Iterator[NamedQuery]:
    for number, record in read_jsonl(path):
        where = f"{path}, line {number}"
        yield NamedQuery(RetrievalQuery(identifier_of(record, where), text_of(record, "text", where)), where)


def _meta(record: dict[str, Any]) -> dict[str, Any]:
    meta = record.get("metadata")
    return dict(meta) if isinstance(meta, dict) else {}
