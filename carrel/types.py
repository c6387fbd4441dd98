"""The nouns that rooms hand to each other: small frozen data classes, with no Haystack in them.

Offsets are Python string indices (code points) into a version's canonical text, everywhere.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Metadata = Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The half-open range of characters `[start, end)`."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a document: the offset where its text starts, its level (1 is the highest) and its text."""

    start: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class CanonicalText:
    """The text of one version of a source, which every offset refers to; never changed once written.

    `page_starts` holds the offset at which each page begins (empty where the format has no pages); `headings` is in
    the order of the text.
    """

    text: str
    title: str
    page_starts: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 of the text, in hexadecimal; it identifies the version."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    def page_at(self, offset: int) -> int | None:
        """Return the page, counted from 1, that holds the character at `offset`; None without pages."""
        if not self.page_starts:
            return None
        return max(1, bisect_right(self.page_starts, offset))

    def heading_path(self, offset: int) -> tuple[str, ...]:
        """Return the headings above `offset`, highest level first."""
        path: list[Heading] = []
        for heading in self.headings[: bisect_right(self.headings, offset, key=lambda h: h.start)]:
            while path and path[-1].level >= heading.level:
                path.pop()
            path.append(heading)
        return tuple(heading.text for heading in path)


class SourceState(StrEnum):
    """Where a source stands in the indexing job; `failed` comes with a reason.

    `indexed` is said only after counting: every passage of the source was found in the text index.
    """

    PENDING = "pending"
    CONVERTING = "converting"
    SPLITTING = "splitting"
    WRITING = "writing"
    INDEXED = "indexed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a job knows of a source before its text: `uri` is the path relative to the indexed root, or a row's id.

    `root` is the folder or row file that the source was found under (None for sources written by hand), so that a
    later run over the same root can tell what has vanished. `content_hash` is the SHA-256 of the raw bytes or row.
    `modified` is the time of the last change, in seconds since the epoch; None while it is too recent to be trusted.
    `made_with` names the converter and the settings that the passages are made with: other ones make others.
    """

    uri: str
    content_hash: str
    root: str | None = None
    media_type: str | None = None
    size: int | None = None
    modified: float | None = None
    meta: Metadata = field(default_factory=dict)
    made_with: str | None = None


@dataclass(frozen=True, slots=True)
class SourceVersion:
    """One source, ready to be written: its canonical text and the spans that become passages."""

    source: SourceInfo
    text: CanonicalText
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source as the ledger knows it; `updated` is in seconds since the epoch, `passages` counts the current ones."""

    id: str
    uri: str
    state: SourceState
    root: str | None
    content_hash: str | None
    media_type: str | None
    title: str
    version: str | None
    stage: str | None
    error: str | None
    reason: str | None
    attempts: int
    updated: float
    passages: int
    meta: Metadata
    size: int | None = None
    modified: float | None = None
    made_with: str | None = None


PROVENANCE_KEY = "carrel"
"""The one key of `Document.meta` that belongs to Carrel; everything else there is the user's."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a passage stands; it travels in `Document.meta["carrel"]`, as a plain dictionary.

    `source` is the source's URI, `version` the hash of the canonical text, `scores` what each stage said of the
    passage, by name: `bm25`, `cosine`, `fused`, `rerank`, `reader`. `ranks` says where it stood, from 1, in the list of
    each retriever before fusion: `bm25`, `dense`.
    """

    source: str
    version: str
    start: int
    end: int
    title: str
    page: int | None = None
    headings: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)

    def to_meta(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "version": self.version,
            "start": self.start,
            "end": self.end,
            "title": self.title,
            "page": self.page,
            "headings": list(self.headings),
            "scores": dict(self.scores),
            "ranks": dict(self.ranks),
        }

    @classmethod
    def from_meta(cls, meta: Metadata) -> Provenance | None:
        """Read the block of a document's metadata; None if the document did not come out of a Carrel store."""
        block = meta.get(PROVENANCE_KEY)
        if block is None:
            return None
        return cls(**{**block, "headings": tuple(block.get("headings") or ())})


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """A passage in a ranking, before anything of it is read; `scores` and `ranks` as in `Provenance`."""

    id: str
    source: str
    score: float
    scores: Mapping[str, float]
    ranks: Mapping[str, int]


def source_id(collection: str, uri: str) -> str:
    """Return the stable id of a source: from the collection and the URI, never from the content."""
    return hashlib.sha256(f"source\0{collection}\0{uri}".encode()).hexdigest()[:32]


def passage_id(source: str, version: str, span: Span) -> str:
    """Return the id of a passage: from source id, version hash and span, so that indexing twice changes nothing."""
    return hashlib.sha256(f"passage\0{source}\0{version}\0{span.start}\0{span.end}".encode()).hexdigest()[:32]


def embedding_parts(title: str, headings: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Return what an encoder and BM25 read for a passage: its title, its headings, then its text."""
    context = [title, *(heading for heading in headings if heading != title)]
    return (*(part for part in context if part), text)


def embedding_text(title: str, headings: tuple[str, ...], text: str) -> str:
    """Return the parts as one text, a line each; a vector belongs to it (by hash) and to the encoder's fingerprint."""
    return "\n".join(embedding_parts(title, headings, text))


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class MatchedTerm:
    """A part of a query that a passage holds.

    `query` is the part as it was typed; `forms` are the words that match it, as they stand in the text, and `spans` all
    their places in the version's text. `fields` names where it was found: `title`, `headings`, `text`. `idf` is the
    inverse document frequency that BM25 gives a word: the rarer, the higher; None for phrases and prefixes.
    """

    query: str
    fields: tuple[str, ...]
    forms: tuple[str, ...]
    spans: tuple[Span, ...]
    idf: float | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """Why a passage is a hit: what of the query it holds, and its rank with each retriever before fusion.

    A retriever that did not return the passage has no rank here; the scores stand in `Hit.scores`.
    """

    terms: tuple[MatchedTerm, ...]
    ranks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage found by a search; `text == version.text[span.start:span.end]`, `rank` counts from 1.

    `why` is there where the search was asked to explain itself.
    """

    rank: int
    id: str
    source: str
    title: str
    text: str
    span: Span
    page: int | None
    scores: Mapping[str, float]
    meta: Metadata
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An extractive answer: `text == version.text[span.start:span.end]`.

    `confidence` is the calibrated probability that the answer is right, `confidence_basis` names the set that it was
    calibrated on (both None without a calibration). `context` is the passage that it was read in, which begins at
    `context_start` of the version's text; `id` is that passage's.
    """

    text: str
    span: Span
    source: str
    version: str
    title: str
    page: int | None
    context: str
    context_start: int
    id: str
    confidence: float | None
    confidence_basis: str | None
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class RiskLimit:
    """From which confidence on answers are given, so that at most `risk` of those given are wrong.

    That holds with probability `certainty` over the calibration's questions, for questions like those of `basis`.
    Without a `threshold` (no confidence would keep the risk) nothing is answered; with one, `coverage` is the share of
    the calibration's questions that are answered, and `bound` what the share of wrong answers is at most.
    """

    risk: float
    certainty: float
    basis: str
    threshold: float | None = None
    coverage: float = 0.0
    bound: float | None = None

    @property
    def statement(self) -> str:
        """What it promises, in a sentence for people."""
        if self.threshold is None:
            return (
                f"Nothing can be answered at a risk of {self.risk:.0%}: on the calibration's questions no confidence "
                f"is high enough for that. Ask with a higher risk, or calibrate on labels of your own."
            )
        return (
            f"Answers are given from a confidence of {self.threshold:.0%} on: of those, at most {self.bound:.1%} are "
            f"wrong (held with {self.certainty:.0%} certainty on {self.basis})."
        )

    def allows(self, confidence: float | None) -> bool:
        """Whether an answer with this confidence is given."""
        return self.threshold is not None and confidence is not None and confidence >= self.threshold


@dataclass(frozen=True, slots=True)
class AskResult:
    """The answers to a question, best first; `seconds` holds `retrieve`, `read` and `total`.

    `abstained` says that "no answer" is the answer; the answers then are what came nearest. `passages` are those that
    were read, in the retriever's order. `limit` is what decided about abstaining, where a risk was asked for.
    """

    question: str
    abstained: bool
    answers: tuple[Answer, ...]
    seconds: Mapping[str, float]
    passages: tuple[Hit, ...] = ()
    limit: RiskLimit | None = None

    @property
    def best(self) -> Answer | None:
        """The first answer, or None when there is none or the platform abstained."""
        return None if self.abstained or not self.answers else self.answers[0]
