"""Why a passage was found: the parts of a query as they stand in it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tantivy import Searcher

from carrel._haystack import Document
from carrel.stores.embedded.text_analysis import lower_case, spans_of, words_of
from carrel.stores.embedded.text_index import TextIndex
from carrel.stores.query import AnyOf, Atom, Clause, InTitle, Must, Not, Prefix, Query, Word
from carrel.types import MatchedTerm, Provenance, Span


def matched_terms(
    index: TextIndex, searcher: Searcher, query: Query, documents: Sequence[Document]
) -> list[tuple[MatchedTerm, ...]]:
    """Return for each passage which parts of the query it holds, in the order of the query."""
    sought = list(dict.fromkeys(_sought(index, searcher, query)))
    return [tuple(_found_in(document, sought, index)) for document in documents]


@dataclass(frozen=True, slots=True)
class _Piece:
    """One word that is sought: by its stem, by its beginning, or (a stop word) as it is written."""

    word: str
    stem: str | None
    begins: bool = False

    def fits(self, word: str, stem: str | None) -> bool:
        if self.begins:
            return word.startswith(self.word)
        return stem == self.stem if self.stem is not None else word == self.word


@dataclass(frozen=True, slots=True)
class _Sought:
    """A part of a query: words one after the other; None stands for any word, where a phrase has a stop word."""

    label: str
    pieces: tuple[_Piece | None, ...]
    in_title: bool
    idf: float | None = None


class _Tokens:
    """The words of one text."""

    def __init__(self, text: str, index: TextIndex) -> None:
        self._places = spans_of(text)
        self._words = [lower_case(text[start:end]) for start, end in self._places]
        self._stems = [index.stem(word) for word in self._words]
        self._by_stem: Mapping[str | None, list[int]] = defaultdict(list)
        for number, stem in enumerate(self._stems):
            self._by_stem[stem].append(number)

    def find(self, sought: _Sought) -> Iterator[tuple[int, int]]:
        """Yield the characters `[start, end)` from the first word sought to the last, wherever they stand."""
        length = len(sought.pieces)
        for first in self._candidates(sought.pieces):
            if 0 <= first <= len(self._words) - length and all(
                piece is None or piece.fits(self._words[first + n], self._stems[first + n])
                for n, piece in enumerate(sought.pieces)
            ):
                yield self._places[first][0], self._places[first + length - 1][1]

    def _candidates(self, pieces: Sequence[_Piece | None]) -> Iterator[int]:
        """Yield where the pieces may begin; stems are looked up, and all words tried for the rest."""
        for offset, piece in enumerate(pieces):
            if piece is not None and not piece.begins and piece.stem is not None:
                yield from (number - offset for number in self._by_stem.get(piece.stem, ()))
                return
        yield from range(len(self._words))


def _sought(index: TextIndex, searcher: Searcher, query: Query) -> Iterator[_Sought]:
    for clause in query.clauses:
        for atom in _atoms(clause):
            yield from _parts(index, searcher, atom, required=clause is not atom or not isinstance(atom, Word))


def _atoms(clause: Clause) -> Iterator[Atom]:
    """Yield what a clause looks for."""
    if isinstance(clause, AnyOf):
        for alternative in clause.of:
            yield from _atoms(alternative)
    elif not isinstance(clause, Not):
        yield clause.of if isinstance(clause, Must) else clause


def _parts(index: TextIndex, searcher: Searcher, atom: Atom, *, required: bool) -> Iterator[_Sought]:
    """Yield a phrase as a whole and everything else word by word, as the text index takes them."""
    in_title = isinstance(atom, InTitle)
    text = atom.of if isinstance(atom, InTitle) else atom
    pieces = [_Piece(word, index.stem(word)) for word in words_of(text.text)]
    if isinstance(text, Prefix):
        pieces[-1:] = [_Piece(piece.word, None, begins=True) for piece in pieces[-1:]]
    elif required and sum(piece.stem is not None for piece in pieces) > 1:
        chain = tuple(piece if piece.stem is not None else None for piece in pieces)
        yield _Sought(str(atom), chain, in_title)
        return
    for piece in pieces:
        if required or piece.stem is not None:
            label = str(atom) if len(pieces) == 1 else piece.word
            yield _Sought(label, (piece,), in_title, _idf(searcher, piece.stem))


def _idf(searcher: Searcher, stem: str | None) -> float | None:
    """Return how rare a word is, as BM25 weighs it (Robertson and Zaragoza 2009, equation 3.3, never negative)."""
    if stem is None:
        return None
    with_it = searcher.doc_freq("content", stem)
    return math.log(1 + (searcher.num_docs - with_it + 0.5) / (with_it + 0.5))


def _found_in(document: Document, sought: Sequence[_Sought], index: TextIndex) -> Iterator[MatchedTerm]:
    place = Provenance.from_meta(document.meta)
    text = document.content or ""
    title, headings = (place.title, place.headings) if place else ("", ())
    begin = place.start if place else 0
    context = {"title": [_Tokens(title, index)], "headings": [_Tokens(heading, index) for heading in headings]}
    body = _Tokens(text, index)
    for part in sought:
        spans = [] if part.in_title else list(body.find(part))
        fields = [
            name
            for name, parts in context.items()
            if (name == "title" or not part.in_title) and any(True for tokens in parts for _ in tokens.find(part))
        ]
        if spans or fields:
            yield MatchedTerm(
                query=part.label,
                fields=(*fields, *(["text"] if spans else [])),
                forms=tuple(dict.fromkeys(text[start:end] for start, end in spans)),
                spans=tuple(Span(begin + start, begin + end) for start, end in spans),
                idf=part.idf,
            )
