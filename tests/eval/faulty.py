"""A desk with one part broken on purpose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from carrel._haystack import Document
from carrel.readers import Reading
from carrel.types import AskResult, Span


class Faulty:
    """The desk with its answers changed, or with another reader; everything else is the desk's own."""

    def __init__(
        self, desk, change: Callable[[AskResult], AskResult] = lambda result: result, *, reader=None, ask=None
    ) -> None:
        self._desk, self._change, self._ask = desk, change, ask or desk.ask
        self.reader = reader or desk.reader

    def __getattr__(self, name: str):
        return getattr(self._desk, name)

    def ask(self, question: str, **options) -> AskResult:
        return self._change(self._ask(question, **options))


class Prefers:
    """A reader that reads only the passages that hold a word, if there are any: it is distracted by them."""

    def __init__(self, reader, word: str) -> None:
        self._reader, self._word = reader, word

    def read(self, question: str, documents: Sequence[Document], *, top_k: int | None = None) -> Reading:
        preferred = [document for document in documents if self._word in (document.content or "")]
        return self._reader.read(question, preferred or documents, top_k=top_k)


class FirstWord:
    """A reader that takes the first word of the first passage for the answer to everything."""

    def __init__(self, reader) -> None:
        self._reader = reader

    def read(self, question: str, documents: Sequence[Document], *, top_k: int | None = None) -> Reading:
        reading = self._reader.read(question, documents, top_k=1)
        return replace(reading, answers=tuple(map(first_word, reading.answers)), abstained=False)


def first_word(answer):
    word = answer.context.split()[0]
    return replace(answer, text=word, span=Span(answer.context_start, answer.context_start + len(word)))


def read_with(reader) -> Callable[..., Callable[[AskResult], AskResult]]:
    """Return a change of results that has their passages read by another reader."""

    def make(desk):
        def change(result: AskResult) -> AskResult:
            documents = desk.store.get([hit.id for hit in result.passages])
            reading = reader.read(result.question, documents, top_k=5)
            return replace(result, answers=reading.answers, abstained=reading.abstained)

        return change

    return make
