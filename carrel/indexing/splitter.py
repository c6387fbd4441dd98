"""Splitting canonical texts into passages that respect headings, paragraphs and sentences, sized in tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from carrel._haystack import Document, component, default_from_dict, default_to_dict
from carrel.errors import SettingsError
from carrel.indexing.packing import Packer
from carrel.indexing.sections import regions
from carrel.indexing.tokens import TokenStarts, estimated_starts, tokenizer_starts
from carrel.types import CanonicalText, Span, passage_id, text_hash

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Split = Callable[[Sequence[CanonicalText]], list[tuple[Span, ...]]]
"""Texts in, the spans of their passages out."""

SMALLEST_LIMIT = 8
VERSION = 1
"""Raised by whoever changes where texts are cut: collections are then split anew by their next job."""


class Splitter:
    """Cuts texts into passages of at most `max_tokens` tokens.

    Headings begin a new passage (a section that fits with its subsections stays one; tiny neighbours share one), whole
    paragraphs are packed while they fit, longer ones cut at sentences, then lines, then words. Without `overlap` the
    spans partition the text, and white space belongs to the passage before it; with it, a passage repeats that many of
    the last sentences of the one before it under the same heading (fewer, where they leave no room for the next).

    Tokens are those of `tokenizer`; without one, an estimate that is on the safe side.

    Raises:
        SettingsError: `max_tokens` or `overlap` is out of range.
    """

    def __init__(self, tokenizer: Tokenizer | None = None, *, max_tokens: int = 200, overlap: int = 0) -> None:
        if max_tokens < SMALLEST_LIMIT:
            raise SettingsError(f"A passage needs at least {SMALLEST_LIMIT} tokens; max_tokens is {max_tokens}")
        if overlap < 0:
            raise SettingsError(f"The overlap is a number of sentences, 0 or more; it is {overlap}")
        self.max_tokens = max_tokens
        self.overlap = overlap
        self._token_starts: TokenStarts = tokenizer_starts(tokenizer) if tokenizer else estimated_starts
        self._tokens = text_hash(tokenizer.to_str())[:12] if tokenizer else "estimated"

    @property
    def fingerprint(self) -> str:
        """Everything that decides where a text is cut: version, limit, overlap and tokenizer."""
        return f"splitter {VERSION} {self.max_tokens}/{self.overlap} {self._tokens}"

    def split(self, texts: Sequence[CanonicalText]) -> list[tuple[Span, ...]]:
        """Return the spans of each text's passages, in order; none for an empty text."""
        # No token is shorter than a byte: what is short enough need not be tokenized.
        long = [index for index, text in enumerate(texts) if len(text.text.encode()) > self.max_tokens]
        found: list[tuple[Span, ...]] = [(Span(0, len(text.text)),) if text.text else () for text in texts]
        for index, starts in zip(long, self._token_starts([texts[index].text for index in long]), strict=True):
            found[index] = self._pack(texts[index], starts.tolist())
        return found

    def _pack(self, text: CanonicalText, token_starts: Sequence[int]) -> tuple[Span, ...]:
        packer = Packer(text.text, token_starts, max_tokens=self.max_tokens, overlap=self.overlap)
        parts = regions(text.text, text.headings, packer.count, self.max_tokens)
        return tuple(span for part in parts for span in packer.pack(part))


@component
class PassageSplitter:
    """Splits Haystack documents into passages, as `Splitter` does, in any pipeline.

    `tokenizer` is the path of a `tokenizer.json`; without one, tokens are estimated. A passage's metadata are those of
    its document and, by Haystack's names, `source_id`, `split_id` and `split_idx_start`; its id derives from the
    document's id, its text and the span. Documents without text are passed on as they are.
    """

    def __init__(self, tokenizer: str | None = None, max_tokens: int = 200, overlap: int = 0) -> None:
        self.tokenizer = tokenizer
        self.max_tokens = max_tokens
        self.overlap = overlap
        self._splitter: Splitter | None = None
        Splitter(max_tokens=max_tokens, overlap=overlap)

    def warm_up(self) -> None:
        """Load the tokenizer."""
        self._warm()

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]) -> dict[str, list[Document]]:
        """Split `documents`; the passages of one stand together, in its order."""
        texts = [CanonicalText(document.content or "", "") for document in documents]
        spans = self._warm().split(texts)
        return {
            "documents": [
                p for document, found in zip(documents, spans, strict=True) for p in _passages(document, found)
            ]
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the component's settings."""
        return default_to_dict(self, tokenizer=self.tokenizer, max_tokens=self.max_tokens, overlap=self.overlap)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PassageSplitter:
        """Make the component from its settings."""
        made: PassageSplitter = default_from_dict(cls, data)
        return made

    def _warm(self) -> Splitter:
        if self._splitter is None:
            tokenizer = None
            if self.tokenizer is not None:
                from tokenizers import Tokenizer

                tokenizer = Tokenizer.from_file(self.tokenizer)
            self._splitter = Splitter(tokenizer, max_tokens=self.max_tokens, overlap=self.overlap)
        return self._splitter


def _passages(document: Document, spans: Sequence[Span]) -> list[Document]:
    text = document.content
    if not text:
        return [document]
    version = CanonicalText(text, "").hash
    return [
        replace(
            document,
            id=passage_id(document.id, version, span),
            content=text[span.start : span.end],
            meta={**document.meta, "source_id": document.id, "split_id": number, "split_idx_start": span.start},
        )
        for number, span in enumerate(spans)
    ]
