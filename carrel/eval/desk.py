"""What an evaluation needs of the system it scores: the part of `carrel.platform.Platform` that it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

from carrel._haystack import Document
from carrel.settings import Settings
from carrel.types import Answer, AskResult, CanonicalText, Hit, SourceRecord

Mode = Literal["bm25", "dense", "hybrid"]

Progress = Callable[[int, int], None]
"""Called with (queries done, queries in all)."""


def no_progress(done: int, total: int) -> None:
    """Show nothing."""


def ranking_score(scores: Mapping[str, float]) -> float | None:
    """Return the score that a passage was ranked by, of all that it carries; None if it carries none."""
    return next((scores[name] for name in ("rerank", "fused", "cosine", "bm25") if name in scores), None)


class Found(Protocol):
    """The outcome of a search: hits, best first, and the seconds that it took."""

    @property
    def hits(self) -> Sequence[Hit]: ...

    @property
    def seconds(self) -> float: ...


class Texts(Protocol):
    """The part of a store that gives texts back."""

    def sources(self) -> Iterator[SourceRecord]: ...

    def source(self, uri: str) -> SourceRecord | None: ...

    def version_text(self, uri: str, version: str | None = None) -> CanonicalText: ...

    def get(self, ids: Sequence[str]) -> list[Document]: ...

    def filter_documents(self, filters: dict[str, Any] | None = None) -> list[Document]: ...


class ReadAnswers(Protocol):
    """What a reader found: the best answers, and whether it would rather abstain than give the first."""

    @property
    def answers(self) -> Sequence[Answer]: ...

    @property
    def abstained(self) -> bool: ...


class Reader(Protocol):
    """Something that reads passages for the answer to a question."""

    def read(self, question: str, documents: Sequence[Document], *, top_k: int | None = None) -> ReadAnswers: ...


class Desk(Protocol):
    """A collection that can be searched and asked."""

    @property
    def settings(self) -> Settings: ...

    @property
    def store(self) -> Texts: ...

    @property
    def reader(self) -> Reader: ...

    def search(
        self,
        query: str,
        *,
        mode: Mode | None = None,
        top_k: int | None = None,
        filters: Mapping[str, Any] | None = None,
        one_per_source: bool = False,
        plain: bool = False,
    ) -> Found: ...

    def ask(
        self,
        question: str,
        *,
        top_k: int | None = None,
        filters: Mapping[str, Any] | None = None,
        retriever_top_k: int | None = None,
    ) -> AskResult: ...
