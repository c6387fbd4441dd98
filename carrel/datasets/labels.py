"""Label files: one JSON object a line, a question and the characters of a source's version that answer it.

`{"id", "question", "source", "version", "start", "end", "answer"}`: `id`, `version` and `answer` may be missing, and
`start` and `end` are null for "no answer".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carrel.datasets.files import read_jsonl
from carrel.errors import DataFormatError


@dataclass(frozen=True, slots=True)
class LabelLine:
    """One line: `version` is None for the current one; `answer`, where given, is what has to stand in [start, end)."""

    where: str
    id: str | None
    question: str
    source: str
    version: str | None
    start: int | None
    end: int | None
    answer: str | None


def read_labels(path: Path | str) -> Iterator[LabelLine]:
    """Yield the lines of a label file, one in memory at a time.

    Raises:
        DataFormatError: a line is no such object.
    """
    path = Path(path)
    for number, record in read_jsonl(path):
        where = f"{path}, line {number}"
        start, end = _offset(record, "start", where), _offset(record, "end", where)
        if (start is None) != (end is None):
            raise DataFormatError(f"{where}: 'start' and 'end' must both be given, or both be null for no answer")
        yield LabelLine(
            where=where,
            id=None if record.get("id") is None else str(record["id"]),
            question=_text(record, "question", where),
            source=_text(record, "source", where),
            version=record.get("version"),
            start=start,
            end=end,
            answer=record.get("answer"),
        )


def _text(record: dict[str, Any], name: str, where: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value.strip():
        raise DataFormatError(f"{where}: {name!r} is missing or no text")
    return value


def _offset(record: dict[str, Any], name: str, where: str) -> int | None:
    value = record.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise DataFormatError(f"{where}: {name!r} is no whole number: {value!r}")
    return value
