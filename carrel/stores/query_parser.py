"""The syntax of searches: words, `"a phrase"`, `+must`, `-not`, `title:word`, `prefix*`, `OR`.

An operator is one only where it can be nothing else, so that what people paste is searched as they mean it:

- `+` and `-` stand after white space and before a letter, a quotation mark or `title:`: `C++`, `a+b`, `-5` and
  `state-of-the-art` are words.
- `title:` stands directly before a letter, a digit or a quotation mark; every other `name:`, as in `http://x:80`, is
  part of a word.
- `*` ends a word of two characters or more that holds no other and begins with no sign: `re*ly` and `A*` are words.
- Quotation marks, typographic ones too, stand around a phrase: one after white space, one before it.
- `OR`, in capitals, stands between two things that are looked for; it binds tighter than white space.

Brackets and punctuation around any of these say nothing. Everything else is words: no text is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from carrel.stores.query import AnyOf, Atom, Clause, InTitle, Must, Not, Phrase, Prefix, Query, Text, Word

_OR = Word("OR")
_QUOTES = '"\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}'
_OPERATORS = r"(?:(?P<sign>[+-])|[(\[{]*)(?P<title>(?i:title:)?)"
_AFTER = r"[)\]},.;:!?]*"
_PHRASE = re.compile(rf"{_OPERATORS}[{_QUOTES}](?P<text>[^{_QUOTES}]*)[{_QUOTES}]{_AFTER}(?!\S)")
_WORD = re.compile(rf"{_OPERATORS}(?P<text>\S+)")
_WHOLE_WORD = re.compile(r"\S+")
_PREFIX = re.compile(rf"((?![+-])[^\s*]+[^\W_])\*{_AFTER}")


def parse_query(text: str) -> Query:
    """Parse what a person typed; no text is an error.

    `parse_query(str(query)) == query` for every query that comes out of it.
    """
    pieces = list(_pieces(text))
    clauses: list[Clause] = []
    at = 0
    while at < len(pieces):
        end = _end_of_alternatives(pieces, at)
        alternatives = pieces[at:end:2]
        clauses.append(AnyOf(tuple(map(_alternative, alternatives))) if len(alternatives) > 1 else alternatives[0])
        at = end
    return Query(tuple(clauses))


def _pieces(text: str) -> Iterator[Clause]:
    """Yield what stands between white space or in quotation marks; `OR` is a word here."""
    at = 0
    while found := _WHOLE_WORD.search(text, at):
        phrase = _PHRASE.match(text, found.start())
        at = (phrase or found).end()
        if phrase is None:
            yield _word(found.group())
        elif any(map(str.isalnum, phrase["text"])):
            yield _signed(phrase, Phrase(" ".join(phrase["text"].split())))


def _word(typed: str) -> Clause:
    """Return a piece without a phrase; its operators count only where they can be nothing else."""
    found = _WORD.fullmatch(typed)
    if found is None:
        return Word(typed)
    operators, text = found["sign"] or found["title"], found["text"]
    begins = str.isalnum if found["title"] else str.isalpha
    if operators and not begins(text[0]):
        return Word(typed)
    prefix = _PREFIX.fullmatch(text)
    if prefix:
        return _signed(found, Prefix(prefix[1]))
    return _signed(found, Word(text)) if operators else Word(typed)


def _signed(operators: re.Match[str], text: Text) -> Clause:
    atom: Atom = InTitle(text) if operators["title"] else text
    if operators["sign"] == "-":
        return Not(atom)
    return Must(atom) if operators["sign"] == "+" and isinstance(atom, Word) else atom


def _end_of_alternatives(pieces: list[Clause], at: int) -> int:
    """Return where the pieces joined by `OR` that begin at `at` end."""
    while pieces[at] != _OR and pieces[at + 1 : at + 2] == [_OR] and at + 2 < len(pieces) and pieces[at + 2] != _OR:
        at += 2
    return at + 1


def _alternative(clause: Clause) -> Atom | Not:
    """Return a clause as an alternative, where `+` says nothing that `OR` does not say."""
    return clause.of if isinstance(clause, Must) else clause  # type: ignore[return-value]  # no piece holds another
