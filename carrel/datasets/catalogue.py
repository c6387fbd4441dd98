"""Datasets of the catalogue ir_datasets (MacAvaney et al. 2021), through the package of that name (extra `eval`).

What is not on the disk yet is downloaded by the package, where its licence allows that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from carrel.datasets.judgements import Judgement, NamedQuery, checked_set
from carrel.datasets.problems import OnBad
from carrel.datasets.retrieval import RetrievalDocument, RetrievalQuery, RetrievalSet
from carrel.errors import DataFormatError, MissingExtraError


@dataclass(frozen=True, slots=True)
class _Corpus:
    """The documents of a dataset, streamed anew by every iteration."""

    dataset: Any

    def __iter__(self) -> Iterator[RetrievalDocument]:
        for document in self.dataset.docs_iter():
            title = getattr(document, "title", "") or ""
            text = document.text if hasattr(document, "text") else document.default_text()
            yield RetrievalDocument(str(document.doc_id), title, text or "")


def read_ir_dataset(identifier: str, *, on_bad: OnBad = "refuse") -> RetrievalSet:
    """Read a dataset by its identifier in the catalogue, such as `beir/scifact/test`.

    Raises:
        MissingExtraError: ir_datasets is not installed.
        DataFormatError: the catalogue has no such dataset, or it has no documents, queries or judgements.
        BadEntriesError: it has bad entries and `on_bad` is "refuse".
    """
    dataset = _load(identifier)
    missing = [part for part in ("docs", "queries", "qrels") if not getattr(dataset, f"has_{part}")()]
    if missing:
        raise DataFormatError(f"{identifier!r} of ir_datasets has no {', no '.join(missing)}: choose one that has all")
    return checked_set(
        identifier, _Corpus(dataset), _queries(dataset, identifier), _judgements(dataset, identifier), on_bad=on_bad
    )


def _queries(dataset: Any, identifier: str) -> Iterator[NamedQuery]:
    for number, query in enumerate(dataset.queries_iter(), start=1):
        text = query.text if hasattr(query, "text") else query.default_text()
        yield NamedQuery(RetrievalQuery(str(query.query_id), text), f"{identifier}, query {number}")


def _judgements(dataset: Any, identifier: str) -> Iterator[Judgement]:
    for number, judged in enumerate(dataset.qrels_iter(), start=1):
        where = f"{identifier}, judgement {number}"
        yield Judgement(str(judged.query_id), str(judged.doc_id), int(judged.relevance), where)


def _load(identifier: str) -> Any:
    try:
        import ir_datasets  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtraError("reading datasets of ir_datasets", "eval") from error
    try:
        return ir_datasets.load(identifier)
    except KeyError as error:
        raise DataFormatError(
            f"ir_datasets has no dataset {identifier!r}: https://ir-datasets.com lists them"
        ) from error
