"""BEIR folders (Thakur et al. 2021): `corpus.jsonl`, `queries.jsonl`, `qrels/<split>.tsv`, each also gzipped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carrel.datasets.files import find_file, read_jsonl, read_lines
from carrel.datasets.retrieval import RetrievalDocument, RetrievalQuery, RetrievalSet
from carrel.datasets.trec import add_grade
from carrel.errors import DataFormatError


@dataclass(frozen=True, slots=True)
class BeirCorpus:
    """The documents of a corpus file, read from disk anew by every iteration, one in memory at a time."""

    path: Path

    def __iter__(self) -> Iterator[RetrievalDocument]:
        for number, record in read_jsonl(self.path):
            where = f"{self.path}, line {number}"
            identifier = _identifier(record, where)
            yield RetrievalDocument(
                identifier, _text(record, "title", where, default=""), _text(record, "text", where), _meta(record)
            )


def read_beir(folder: Path | str, split: str = "test") -> RetrievalSet:
    """Read a BEIR folder; queries without a judgement in this split are left out.

    The corpus is not read yet: it is streamed by whoever iterates over `documents`.

    Raises:
        DataFormatError: a file is missing or malformed, or a judged query is not among the queries.
    """
    folder = Path(folder)
    corpus, queries = folder / "corpus.jsonl", folder / "queries.jsonl"
    for needed in (corpus, queries):
        if find_file(needed) is None:
            raise DataFormatError(f"{folder} is no BEIR folder: it has no {needed.name} (or {needed.name}.gz)")
    qrels = _read_qrels(folder, split)
    texts = _read_queries(queries)
    unknown = [query for query in qrels if query not in texts]
    if unknown:
        raise DataFormatError(f"{queries} lacks {len(unknown)} judged queries, the first is {unknown[0]!r}")
    judged = tuple(RetrievalQuery(identifier, text) for identifier, text in texts.items() if identifier in qrels)
    return RetrievalSet(folder.resolve().name, BeirCorpus(corpus), judged, qrels)


def _read_qrels(folder: Path, split: str) -> dict[str, dict[str, int]]:
    path = folder / "qrels" / f"{split}.tsv"
    if find_file(path) is None:
        splits = sorted({p.name.split(".")[0] for p in (folder / "qrels").glob("*.tsv*")})
        raise DataFormatError(f"{folder} has no qrels/{split}.tsv; its splits are: {', '.join(splits) or 'none'}")
    qrels: dict[str, dict[str, int]] = {}
    for number, line in read_lines(path):
        fields = [value.strip() for value in line.split("\t")]
        if len(fields) != 3:
            raise DataFormatError(f"{path}, line {number}: expected query, document and grade between tabs: {line!r}")
        if number == 1 and not fields[2].lstrip("-").isdigit():
            continue  # the header
        add_grade(qrels, *fields, where=f"{path}, line {number}")
    return qrels


def _read_queries(path: Path) -> dict[str, str]:
    queries: dict[str, str] = {}
    for number, record in read_jsonl(path):
        where = f"{path}, line {number}"
        identifier = _identifier(record, where)
        if identifier in queries:
            raise DataFormatError(f"{where}: the query id {identifier!r} comes a second time")
        queries[identifier] = _text(record, "text", where)
    return queries


def _identifier(record: dict[str, Any], where: str) -> str:
    value = record.get("_id")
    if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
        raise DataFormatError(f"{where}: '_id' is missing")
    return str(value)


def _text(record: dict[str, Any], name: str, where: str, default: str | None = None) -> str:
    value = record.get(name)
    value = default if value is None else value
    if not isinstance(value, str):
        raise DataFormatError(f"{where}: {name!r} is missing or no text")
    return value


def _meta(record: dict[str, Any]) -> dict[str, Any]:
    meta = record.get("metadata")
    return dict(meta) if isinstance(meta, dict) else {}
