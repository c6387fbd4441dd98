"""Search queries as a small typed tree, which every store compiles to its own language.

`query_parser.py` makes them from what a person types; `str` of a query is that syntax again.

What a query matches, on every store: plain words rank, and whatever carries an operator must hold as well.

- A passage matches when every constraint holds for it and, unless some constraint names what it must contain, when
  it shares a word with the query. A query that only leaves words out matches all other passages.
- Words match by their stem, in a passage's title, headings and text. A word of several parts (`state-of-the-art`)
  under an operator is a phrase.
- The words of a phrase stand one after the other, by their stems; stop words among them keep their place and must
  occur in the passage.
- A prefix matches words as they are written, without stemming and without regard to case.
- Only what is looked for adds to the score, and as plain words do; constraints choose passages and add nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was typed; on its own it ranks, and no passage has to hold it."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand one after the other."""

    text: str

    def __str__(self) -> str:
        return f'"{self.text}"'


@dataclass(frozen=True, slots=True)
class Prefix:
    """Any word that begins with `text`."""

    text: str

    def __str__(self) -> str:
        return f"{self.text}*"


Text: TypeAlias = Word | Phrase | Prefix


@dataclass(frozen=True, slots=True)
class InTitle:
    """A text that stands in the title."""

    of: Text

    def __str__(self) -> str:
        return f"title:{self.of}"


Atom: TypeAlias = Text | InTitle


@dataclass(frozen=True, slots=True)
class Must:
    """A word that a passage has to hold."""

    of: Word

    def __str__(self) -> str:
        return f"+{self.of}"


@dataclass(frozen=True, slots=True)
class Not:
    """What a passage must not hold."""

    of: Atom

    def __str__(self) -> str:
        return f"-{self.of}"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Alternatives, two or more, of which one has to hold."""

    of: tuple[Atom | Not, ...]

    def __str__(self) -> str:
        return " OR ".join(map(str, self.of))


Constraint: TypeAlias = Phrase | Prefix | InTitle | Must | Not | AnyOf
Clause: TypeAlias = Word | Constraint


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for, in the order in which it was typed."""

    clauses: tuple[Clause, ...]

    def __str__(self) -> str:
        return " ".join(map(str, self.clauses))

    @classmethod
    def of_words(cls, text: str) -> Query:
        """Take every word of a text as it stands: no character is an operator."""
        return cls(tuple(Word(word) for word in text.split()))

    @property
    def constraints(self) -> Query | None:
        """What has to hold of a passage, without the words that only rank; None for plain words."""
        kept = tuple(clause for clause in self.clauses if not isinstance(clause, Word))
        return Query(kept) if kept else None

    @property
    def positive(self) -> tuple[Text, ...]:
        """What is looked for, without operators and without what is left out."""
        return tuple(text for clause in self.clauses for text in _positive(clause))

    @property
    def text(self) -> str:
        """The words that are looked for as plain text, as an encoder reads them."""
        return " ".join(text.text for text in self.positive)

    @property
    def words(self) -> str:
        """The words whose BM25 ranks: `text` without prefixes, which are no words."""
        return " ".join(text.text for text in self.positive if not isinstance(text, Prefix))


def _positive(clause: Clause) -> Iterator[Text]:
    if isinstance(clause, Word | Phrase | Prefix):
        yield clause
    elif isinstance(clause, InTitle | Must):
        yield clause.of
    elif isinstance(clause, AnyOf):
        for alternative in clause.of:
            yield from _positive(alternative)
