"""Where gold answers stand in a collection: annotated contexts are found in the canonical texts, so labels of any
splitting can be compared with passages of any other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from carrel.errors import UserError
from carrel.eval.desk import Texts
from carrel.eval.questions import OpenQuestion
from carrel.types import Hit, Span


class GoldLocator:
    """Finds the gold spans of questions in the sources of a store.

    A context belongs to a source when it stands in the source's canonical text, character by character. So the right
    article is known whatever name it was indexed under, and an answer's words elsewhere do not count.
    """

    def __init__(self, store: Texts) -> None:
        self._text = lru_cache(maxsize=256)(lambda source: store.version_text(source).text)
        self._position = lru_cache(maxsize=200_000)(lambda context, source: self._text(source).find(context))

    def located(self, question: OpenQuestion, hits: Sequence[Hit]) -> bool:
        """Tell whether any hit comes from a source that holds one of the question's contexts."""
        sources = {hit.source for hit in hits}
        return any(self._position(context.text, source) >= 0 for context in question.contexts for source in sources)

    def spans(self, question: OpenQuestion, source: str) -> list[Span]:
        """Return the question's gold spans in the source's canonical text."""
        return [
            Span(offset + answer.start, offset + answer.end)
            for context in question.contexts
            if (offset := self._position(context.text, source)) >= 0
            for answer in context.well_placed
        ]

    def answers(self, question: OpenQuestion, hit: Hit) -> bool:
        """Tell whether a passage holds a whole gold span."""
        spans = self.spans(question, hit.source)
        return any(hit.span.start <= span.start and span.end <= hit.span.end for span in spans)


def require_located(located: Iterable[bool], dataset: str) -> None:
    """Refuse a measurement in which nothing could be right; `located` has a value for every query.

    Raises:
        UserError: there were queries, and no source that any of them is about was found.
    """
    known = list(located)
    if known and not any(known):
        raise UserError(
            f"No text that {dataset} asks about was found in this collection: index the dataset's own texts, "
            "or leave the collection out to have that done"
        )
