"""Datasets of the Hugging Face hub, through the package `datasets` (extra `eval`): question answering and retrieval.

A name is that of a hub repository, of a local folder with the same layout (Parquet, JSON or CSV), or of a folder that
`save_to_disk` wrote. Two layouts are read: SQuAD's columns (id, context, question, answers), and retrieval in BEIR's
three parts, as configurations `corpus`, `queries` and `default` or `qrels`. A corpus is streamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carrel.datasets.beir import identifier_of, text_of
from carrel.datasets.judgements import Judgement, NamedQuery, checked_set, whole_grade
from carrel.datasets.problems import OnBad
from carrel.datasets.retrieval import RetrievalDocument, RetrievalQuery, RetrievalSet
from carrel.datasets.squad import GoldSpan, QuestionCheck, SquadArticle, SquadQuestion, SquadSet
from carrel.errors import DataFormatError, MissingExtraError

Row = Mapping[str, Any]

_SQUAD_COLUMNS = {"id", "context", "question", "answers"}
_JUDGEMENTS = ("qrels", "default")
_COLUMNS = {"query": ("query-id", "query_id"), "document": ("corpus-id", "corpus_id"), "grade": ("score",)}


def read_hub(name: str, split: str | None = None, *, on_bad: OnBad = "refuse") -> SquadSet | RetrievalSet:
    """Read a dataset; `split` is `validation` for questions with contexts and `test` for retrieval by default.

    Raises:
        MissingExtraError: the package `datasets` is not installed.
        DataFormatError: there is no such dataset, configuration or split, or its columns are of no known layout.
        BadEntriesError: it has bad entries and `on_bad` is "refuse".
    """
    parts = _Parts.of(name)
    title = name.rstrip("/").rpartition("/")[2]
    if {"corpus", "queries"} <= set(parts.configurations):
        return _retrieval(parts, title, split or "test", on_bad)
    return _questions(parts, title, split or "validation", on_bad)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The configurations of a dataset, and how rows are streamed out of them."""

    name: str
    configurations: tuple[str, ...]

    @classmethod
    def of(cls, name: str) -> _Parts:
        library = _library()
        if _is_saved(name):
            return cls(name, ())
        try:
            return cls(name, tuple(library.get_dataset_config_names(name)))
        except (OSError, ValueError) as error:
            raise DataFormatError(f"The dataset {name!r} cannot be found or read: {_line(error)}") from error

    def rows(self, split: str, configuration: str | None = None) -> Iterable[Row]:
        library = _library()
        try:
            if _is_saved(self.name):
                rows: Iterable[Row] = library.load_from_disk(self.name)
                return rows[split] if isinstance(rows, library.DatasetDict) else rows
            chosen = configuration or self.configurations[0]
            rows = library.load_dataset(self.name, chosen, split=split, streaming=True)
        except (OSError, ValueError, KeyError) as error:
            where = f"{self.name!r}, configuration {configuration!r}" if configuration else repr(self.name)
            raise DataFormatError(f"The split {split!r} of {where} cannot be read: {_line(error)}") from error
        return rows


@dataclass(frozen=True, slots=True)
class _Corpus:
    """The documents of a corpus, streamed anew by every iteration."""

    parts: _Parts

    def __iter__(self) -> Iterator[RetrievalDocument]:
        for number, row in enumerate(self.parts.rows("corpus", "corpus"), start=1):
            where = f"{self.parts.name}, corpus, row {number}"
            record = dict(row)
            title, text = text_of(record, "title", where, default=""), text_of(record, "text", where)
            yield RetrievalDocument(identifier_of(record, where), title, text)


def _retrieval(parts: _Parts, name: str, split: str, on_bad: OnBad) -> RetrievalSet:
    judged = next((given for given in _JUDGEMENTS if given in parts.configurations), None)
    if judged is None:
        raise DataFormatError(
            f"{parts.name!r} has a corpus and queries, but no configuration {' or '.join(_JUDGEMENTS)}"
        )
    return checked_set(name, _Corpus(parts), _queries(parts), _judgements(parts, judged, split), on_bad=on_bad)


def _queries(parts: _Parts) -> Iterator[NamedQuery]:
    for number, row in enumerate(parts.rows("queries", "queries"), start=1):
        where, record = f"{parts.name}, queries, row {number}", dict(row)
        yield NamedQuery(RetrievalQuery(identifier_of(record, where), text_of(record, "text", where)), where)


def _judgements(parts: _Parts, configuration: str, split: str) -> Iterator[Judgement]:
    for number, row in enumerate(parts.rows(split, configuration), start=1):
        where = f"{parts.name}, {configuration}, row {number}"
        fields = {field: next((row[name] for name in names if name in row), None) for field, names in _COLUMNS.items()}
        missing = [_COLUMNS[field][0] for field, value in fields.items() if value is None]
        if missing:
            raise DataFormatError(f"{where}: there is no column {', '.join(missing)}")
        grade = fields["grade"]
        whole = int(grade) if isinstance(grade, float) and grade.is_integer() else whole_grade(str(grade), where)
        yield Judgement(str(fields["query"]), str(fields["document"]), whole, where)


def _questions(parts: _Parts, name: str, split: str, on_bad: OnBad) -> SquadSet:
    check = QuestionCheck()
    articles: dict[str, list[SquadQuestion]] = {}
    paragraphs: dict[str, dict[str, None]] = {}
    for number, row in enumerate(parts.rows(split), start=1):
        missing = _SQUAD_COLUMNS - set(row)
        if missing:
            columns = ", ".join(sorted(missing))
            raise DataFormatError(
                f"{parts.name!r} is in no known layout: it has no configurations corpus and queries, and no column "
                f"{columns}"
            )
        question = _question(row, f"{parts.name}, row {number}", name)
        paragraphs.setdefault(question.title, {})[question.context] = None
        found = articles.setdefault(question.title, [])
        # SQuAD 2.0 on the hub has no mark of its own: an empty list of answers says that there is none.
        if kept := check.checked(question, impossible=True):
            found.append(kept)
    made = tuple(SquadArticle(title, tuple(paragraphs[title]), tuple(found)) for title, found in articles.items())
    return SquadSet(name, made, check.log.settled(parts.name, on_bad))


def _question(row: Row, where: str, name: str) -> SquadQuestion:
    answers = row["answers"]
    try:
        pairs = list(zip(answers["text"], answers["answer_start"], strict=True))
    except (TypeError, KeyError, ValueError) as error:
        raise DataFormatError(f"{where}: answers must hold the lists text and answer_start, of one length") from error
    golds = tuple(dict.fromkeys(GoldSpan(text, start) for text, start in pairs))
    return SquadQuestion(str(row["id"]), row["question"], row.get("title") or name, row["context"], golds)


def _is_saved(name: str) -> bool:
    folder = Path(name)
    return any((folder / marker).is_file() for marker in ("dataset_dict.json", "dataset_info.json", "state.json"))


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _library() -> Any:
    try:
        import datasets  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtraError("reading datasets of the hub", "eval") from error
    return datasets
