"""A label: what answers a question, in one version of a source."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from carrel.types import Span


@dataclass(frozen=True, slots=True)
class Label:
    """The characters of a source's version that answer a question; without a span, the version does not answer it.

    `source` is the source's URI, `version` the hash of its canonical text. Labels refer to texts, not to passages, so
    that they outlive splitting again. `question_id` groups the accepted answers of one question, where it has an id
    elsewhere. `origin` says where the label came from; `created` is in seconds since the epoch, 0 before it is kept.
    """

    question: str
    source: str
    version: str
    span: Span | None
    question_id: str | None = None
    origin: str = ""
    id: int = 0
    created: float = 0.0

    def identity(self, collection: str) -> str:
        """Return the hash by which a collection keeps this label once."""
        place = "none" if self.span is None else f"{self.span.start}-{self.span.end}"
        parts = (collection, self.question_id or "", self.question, self.source, self.version, place)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()
