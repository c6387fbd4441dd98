"""The words of a text as the text index cuts it, with their places, which tantivy does not hand out."""

from __future__ import annotations

import re
from functools import cache

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

_NOT_SPACE = re.compile(r"[^ ]+")


def spans_of(text: str) -> list[tuple[int, int]]:
    """Return the places `[start, end)` of the words of a text, in order."""
    return [found.span() for found in _NOT_SPACE.finditer(text.translate(_separators()))]


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, in order, stop words and all."""
    return [lower_case(word) for word in text.translate(_separators()).split(" ") if word]


def lower_case(word: str) -> str:
    """Return a word in lower case as the text index writes it."""
    return word.lower() if word.isascii() else _lower_case().analyze(word)[0]


class _Separators(dict[int, str]):
    """Maps what stands between words to a space, and every other character to itself.

    tantivy's tokenizer decides, so that the words are the same in every script.
    """

    def __init__(self) -> None:
        self._tokenizer = TextAnalyzerBuilder(Tokenizer.simple()).build()

    def __missing__(self, code: int) -> str:
        is_surrogate = 0xD800 <= code <= 0xDFFF
        in_word = not is_surrogate and self._tokenizer.analyze(chr(code))
        self[code] = chr(code) if in_word else " "
        return self[code]


@cache
def _separators() -> _Separators:
    return _Separators()


@cache
def _lower_case() -> TextAnalyzer:
    return TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.lowercase()).build()
