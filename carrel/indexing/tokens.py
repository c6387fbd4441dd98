"""Where the tokens of a text begin: the measure that passages are cut by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Offsets = NDArray[np.int64]
TokenStarts = Callable[[Sequence[str]], list[Offsets]]
"""For each text, the offsets at which its tokens begin, ascending."""

LONGEST_TOKEN = 16
"""Characters that one token stands for at most: an unknown word of a thousand characters is one token to WordPiece, and
would make endless passages."""

_ESTIMATED = re.compile(r"\w{1,6}|[^\w\s]")
_WHITE = re.compile(r"\s+")
_PIECE = 1 << 13


def tokenizer_starts(tokenizer: Tokenizer) -> TokenStarts:
    """Measure by a model's own tokenizer; its truncation and padding are not used, and not changed for others."""
    from tokenizers import Tokenizer as Tokens

    own = Tokens.from_str(tokenizer.to_str())
    own.no_truncation()
    own.no_padding()

    def starts(texts: Sequence[str]) -> list[Offsets]:
        pieces = [(index, base, piece) for index, text in enumerate(texts) for base, piece in _pieces(text)]
        encodings = own.encode_batch([piece for _, _, piece in pieces], add_special_tokens=False)
        found: list[list[Offsets]] = [[] for _ in texts]
        for (index, base, _), encoding in zip(pieces, encodings, strict=True):
            found[index].append(_starts_of(encoding.offsets) + base)
        return [np.concatenate(parts) if parts else np.empty(0, dtype=np.int64) for parts in found]

    return starts


def estimated_starts(texts: Sequence[str]) -> list[Offsets]:
    """Estimate word pieces without a model: up to six letters a piece, which is more than most tokenizers make."""
    return [np.array([match.start() for match in _ESTIMATED.finditer(text)], dtype=np.int64) for text in texts]


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield a long text in parts that end after white space, so that one file cannot take all memory."""
    start = 0
    while len(text) - start > _PIECE:
        found = _WHITE.search(text, start + _PIECE)
        if found is None:
            break
        yield start, text[start : found.end()]
        start = found.end()
    if start < len(text):
        yield start, text[start:]


def _starts_of(offsets: Sequence[tuple[int, int]]) -> Offsets:
    """Return the starts of tokens, with further ones inside tokens that are longer than `LONGEST_TOKEN`."""
    spans = np.array(offsets, dtype=np.int64).reshape(-1, 2)
    spans = spans[spans[:, 1] > spans[:, 0]]
    starts: Offsets = spans[:, 0]
    long = spans[spans[:, 1] - starts > LONGEST_TOKEN]
    if len(long):
        inside = [np.arange(start + LONGEST_TOKEN, end, LONGEST_TOKEN) for start, end in long]
        starts = np.sort(np.concatenate([starts, *inside]))
    return starts
