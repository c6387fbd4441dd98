"""Which sources of a collection hold the texts that a dataset asks about, found by reading every source once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from carrel.eval.desk import Texts
from carrel.eval.questions import OpenQuestion

_ANCHOR_WORDS = 5
_WORD = re.compile(r"\S+")
_NO_LETTER = re.compile(r"[\W_]+")
_MOSTLY = 0.5
"""Share of a text's five-word sequences that a source must hold for being taken as a faulty conversion of it."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where an annotated text stands: the sources that hold it, and those that should but hold something else."""

    sources: tuple[str, ...] = ()
    garbled: tuple[str, ...] = ()


def find_homes(store: Texts, questions: Iterable[OpenQuestion]) -> Mapping[str, Home]:
    """Return the home of every annotated text of the questions, by text.

    A source holds a text when it stands in the canonical text, character by character. One that does not, but has
    half of its five-word sequences or the name of its article, is a faulty conversion.
    """
    names = {context.text: context.name for question in questions for context in question.contexts}
    wanted = _anchors(names)
    found: dict[str, list[str]] = {text: [] for text in names}
    alike: dict[str, list[str]] = {text: [] for text in names}
    for source, title, text in _texts(store):
        sequences = set(_sequences(text))
        for context in _candidates(wanted, sequences):
            if context in text:
                found[context].append(source)
            elif _share(context, sequences) >= _MOSTLY:
                alike[context].append(source)
        for context in wanted.named.get(_letters(title), set()) | wanted.named.get(_stem(source), set()):
            if source not in found[context] and source not in alike[context]:
                alike[context].append(source)
    return {text: Home(tuple(found[text]), tuple(alike[text])) for text in names}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The annotated texts by a sequence of theirs, by the name of their article, and those too short for sequences."""

    by_sequence: Mapping[str, set[str]]
    named: Mapping[str, set[str]]
    short: set[str]


def _anchors(names: Mapping[str, str]) -> _Wanted:
    by_sequence: dict[str, set[str]] = {}
    named: dict[str, set[str]] = {}
    short = set()
    for text, title in names.items():
        sequences = list(_sequences(text))
        for sequence in sequences:
            by_sequence.setdefault(sequence, set()).add(text)
        if not sequences:
            short.add(text)
        if title:
            named.setdefault(_letters(title), set()).add(text)
    return _Wanted(by_sequence, named, short)


def _candidates(wanted: _Wanted, sequences: set[str]) -> set[str]:
    """Return the annotated texts that share a sequence of words with a source."""
    shared = sequences & wanted.by_sequence.keys()
    return wanted.short.union(*(wanted.by_sequence[sequence] for sequence in shared))


def _share(context: str, sequences: set[str]) -> float:
    own = list(_sequences(context))
    return sum(sequence in sequences for sequence in own) / len(own) if own else 0.0


def _sequences(text: str) -> Iterator[str]:
    """Yield every run of five words, of their letters and digits only, so that punctuation may differ."""
    words = [word for match in _WORD.findall(text) if (word := _NO_LETTER.sub("", match).lower())]
    for index in range(len(words) - _ANCHOR_WORDS + 1):
        yield " ".join(words[index : index + _ANCHOR_WORDS])


def _letters(name: str) -> str:
    return _NO_LETTER.sub(" ", name).strip().lower()


def _stem(uri: str) -> str:
    return _letters(PurePosixPath(uri).stem)


def _texts(store: Texts) -> Iterator[tuple[str, str, str]]:
    """Yield name, title and canonical text of every source; one that failed has a name and no text."""
    for record in store.sources():
        yield record.uri, record.title, store.version_text(record.uri).text if record.version else ""
