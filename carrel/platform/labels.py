"""Labels in and out: files of questions and answers, checked against the texts that a collection holds."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol

from carrel.datasets.labels import LabelLine, read_labels
from carrel.datasets.problems import OnBad, ProblemKind, ProblemLog, Problems
from carrel.datasets.squad import read_squad_set
from carrel.errors import UnknownSourceError, UserError
from carrel.platform.label_places import SearchedTexts, find_contexts
from carrel.records.label import Label
from carrel.records.labels import Labels
from carrel.types import CanonicalText, Span

LabelFormat = Literal["squad", "jsonl"]


class LabelledStore(SearchedTexts, Protocol):
    """What labels need of a store: its texts, and that it keeps the versions that labels refer to."""

    def keep_version(self, uri: str, version: str) -> None: ...


@dataclass(frozen=True, slots=True)
class LabelImport:
    """What became of a file: labels that are new, labels that were there, and the bad entries that were left out."""

    added: int
    known: int
    problems: Problems

    def to_json(self) -> dict[str, Any]:
        return {"added": self.added, "known": self.known, "problems": self.problems.to_json()}


@dataclass(frozen=True, slots=True)
class LabelExport:
    """How many labels were written; `gone` counts those whose version was purged, which no file can hold."""

    written: int
    gone: int

    def to_json(self) -> dict[str, Any]:
        return {"written": self.written, "gone": self.gone}


def label_format(path: Path, named: LabelFormat | None = None) -> LabelFormat:
    """Return the format of a file, as named or by its suffix.

    Raises:
        UserError: neither tells.
    """
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    by_suffix: dict[str, LabelFormat] = {".json": "squad", ".jsonl": "jsonl"}
    if named is None and suffix not in by_suffix:
        raise UserError(f"{path} ends in neither .json (SQuAD) nor .jsonl: name the format with --format")
    return named or by_suffix[suffix]


def import_labels(
    path: Path, store: LabelledStore, labels: Labels, *, form: LabelFormat | None = None, on_bad: OnBad = "refuse"
) -> LabelImport:
    """Keep the labels of a file; every span is compared with the text of its version first.

    The paragraphs of a SQuAD file are looked for in the collection's sources, character by character. The versions that
    labels refer to are kept until they are purged.

    Raises:
        DataFormatError: the file is malformed.
        BadEntriesError: a label is wrong, and `on_bad` is "refuse"; no label was kept.
    """
    log = ProblemLog()
    if label_format(path, form) == "squad":
        found = list(_squad_labels(path, store, log, on_bad))
    else:
        found = list(_checked(read_labels(path), path.name, store, log))
    problems = log.settled(str(path), on_bad)
    # Kept before they are referred to, so that no version goes in between.
    for source, version in dict.fromkeys((label.source, label.version) for label in found):
        store.keep_version(source, version)
    added = labels.add(found)
    return LabelImport(added, len(found) - added, problems)


def keep_label(store: LabelledStore, labels: Labels, label: Label) -> bool:
    """Keep what a person says answers a question; returns False where that is known already.

    A span and "no answer" in one version exclude each other: the newer word stands.

    Raises:
        UnknownSourceError: there is no such source or version.
        UserError: the span is not within the version's text.
    """
    text = store.version_text(label.source, label.version)
    if label.span is not None and not _stands(label.span, None, text.text):
        raise UserError(
            f"Nothing stands at characters {label.span.start} to {label.span.end} of {label.source!r}: its text has "
            f"{len(text.text)}; nothing was kept"
        )
    store.keep_version(label.source, label.version)
    opposed = [
        known.id
        for known in labels.all(source=label.source)
        if (known.question, known.version, known.question_id) == (label.question, label.version, label.question_id)
        and (known.span is None) != (label.span is None)
    ]
    labels.remove(opposed)
    return labels.add([label]) == 1


def export_labels(path: Path, store: LabelledStore, labels: Labels, *, form: LabelFormat | None = None) -> LabelExport:
    """Write all labels of a collection, aside and then in place of what stood there."""
    form = label_format(path, form)
    aside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    gone = written = 0
    by_version: dict[tuple[str, str], list[Label]] = {}
    for label in labels.all():
        by_version.setdefault((label.source, label.version), []).append(label)
    try:
        with aside.open("w", encoding="utf-8") as file:
            articles = 0
            file.write('{"version": "v2.0", "data": [' if form == "squad" else "")
            for (source, version), members in by_version.items():
                text = _text_of(store, source, version)
                if text is None:
                    gone += len(members)
                    continue
                written += len(members)
                if form == "jsonl":
                    file.writelines(_line(label, text) for label in members)
                else:
                    file.write(f"{',' if articles else ''}\n{json.dumps(_article(text, members), ensure_ascii=False)}")
                    articles += 1
            file.write("\n]}\n" if form == "squad" else "")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return LabelExport(written, gone)


def _squad_labels(path: Path, store: LabelledStore, log: ProblemLog, on_bad: OnBad) -> Iterator[Label]:
    dataset = read_squad_set(path, on_bad=on_bad)
    log.extend(dataset.problems)
    places = find_contexts(store, ((question.context, question.title) for question in dataset.questions))
    for question in dataset.questions:
        place = places.get((question.context, question.title))
        if place is None:
            what = "its paragraph stands in no source of the collection"
            log.add(ProblemKind.NO_SOURCE, f"question {question.id}", what)
            continue
        spans: list[Span | None] = [Span(place.offset + a.start, place.offset + a.end) for a in question.answers]
        for span in spans or [None]:
            yield Label(question.question, place.source, place.version, span, question.id, path.name)


def _checked(lines: Iterable[LabelLine], origin: str, store: LabelledStore, log: ProblemLog) -> Iterator[Label]:
    current = lru_cache(maxsize=64)(lambda source, version: _text_of(store, source, version))
    for line in lines:
        text = current(line.source, line.version)
        if text is None:
            version = "" if line.version is None else f" with a version {line.version}"
            log.add(ProblemKind.NO_SOURCE, line.where, f"there is no source {line.source!r}{version}")
            continue
        span = None if line.start is None or line.end is None else Span(line.start, line.end)
        if span is not None and not _stands(span, line.answer, text.text):
            shown = f"{line.answer!r} is not" if line.answer is not None else "nothing stands"
            what = f"{shown} at characters {span.start} to {span.end} of {line.source!r}"
            log.add(ProblemKind.OFFSET, line.where, what)
            continue
        yield Label(line.question, line.source, line.version or text.hash, span, line.id, origin)


def _stands(span: Span, answer: str | None, text: str) -> bool:
    inside = 0 <= span.start < span.end <= len(text)
    return inside and (answer is None or text[span.start : span.end] == answer)


def _text_of(store: LabelledStore, source: str, version: str | None) -> CanonicalText | None:
    try:
        return store.version_text(source, version)
    except UnknownSourceError:
        return None


def _line(label: Label, text: CanonicalText) -> str:
    span = label.span
    shape = {
        "id": label.question_id,
        "question": label.question,
        "source": label.source,
        "version": label.version,
        "start": span.start if span else None,
        "end": span.end if span else None,
        "answer": text.text[span.start : span.end] if span else None,
    }
    return json.dumps(shape, ensure_ascii=False) + "\n"


def _article(text: CanonicalText, members: Iterable[Label]) -> dict[str, Any]:
    """Return one version of a source as an article of one paragraph, which holds its whole text."""
    questions: dict[tuple[str | None, str], list[Label]] = {}
    for label in members:
        questions.setdefault((label.question_id, label.question), []).append(label)
    items = [
        {
            "id": identifier or f"label-{asked[0].id}",
            "question": question,
            "answers": [
                {"text": text.text[label.span.start : label.span.end], "answer_start": label.span.start}
                for label in asked
                if label.span
            ],
            "is_impossible": all(label.span is None for label in asked),
        }
        for (identifier, question), asked in questions.items()
    ]
    return {"title": text.title, "paragraphs": [{"context": text.text, "qas": items}]}
