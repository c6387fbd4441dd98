"""Search queries as tantivy runs them.

Constraints choose passages without touching scores, so that adding an operator to a word narrows a ranking and never
reorders it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tantivy
from tantivy import Occur, Order, Searcher

from carrel.stores.embedded.selection import Keys
from carrel.stores.embedded.text_analysis import words_of
from carrel.stores.embedded.text_index import LONGEST_TERM, FieldBoosts, TextIndex
from carrel.stores.query import AnyOf, Atom, InTitle, Must, Not, Prefix, Query, Word

Scored = tuple[float, int]

MOST_EXPANSIONS = 64
"""The most frequent words that a prefix stands for take part in the score; it matches all of them."""


@dataclass(frozen=True, slots=True)
class TextQuery:
    """A query for one searcher; without `ranked` every match has the score 0."""

    query: tantivy.Query
    ranked: bool


def compile_query(index: TextIndex, searcher: Searcher, query: Query, boosts: FieldBoosts) -> TextQuery | None:
    """Return the query as tantivy runs it; None if it looks for nothing."""
    scoring = index_terms(index, searcher, query)
    ranking = _disjunction(index, scoring, boosts) if scoring else None
    constraints = _constraints(index, query)
    if not constraints:
        return None if ranking is None else TextQuery(ranking, ranked=True)
    clauses = [(occur, _unscored(part)) for occur, part in constraints]
    required = any(occur is Occur.Must for occur, _ in clauses)
    if ranking is not None:
        clauses.append((Occur.Should if required else Occur.Must, ranking))
    elif not required:
        clauses.append((Occur.Must, _unscored(tantivy.Query.all_query())))
    return TextQuery(tantivy.Query.boolean_query(clauses), ranked=ranking is not None)


def index_terms(index: TextIndex, searcher: Searcher, query: Query) -> Mapping[str, int]:
    """Return the terms that rank, with how often each is asked for; a prefix asks for the words it stands for."""
    counts = Counter(index.analyzer.analyze(query.words))
    for text in query.positive:
        if isinstance(text, Prefix):
            for last in words_of(text.text)[-1:]:
                found = searcher.terms_with_prefix("content_words", last, limit=MOST_EXPANSIONS)
                counts.update({term for word, _ in found for term in index.analyzer.analyze(word)})
    return counts


def restricted(index: TextIndex, query: tantivy.Query, keys: Sequence[int]) -> tantivy.Query:
    """Return `query` over these passages only, with the scores that it has over all."""
    allowed = _unscored(tantivy.Query.term_set_query(index.schema, "key", list(keys)))
    return tantivy.Query.boolean_query([(Occur.Must, query), (Occur.Must, allowed)])


def ranking(searcher: Searcher, query: tantivy.Query, limit: int) -> list[Scored]:
    """Return the `limit` best (score, passage key), best first, ties in no particular order."""
    hits = searcher.search(query, limit, count=False).hits
    keys = searcher.fast_field_values("key", [address for _, address in hits])
    return [(float(score), int(key)) for (score, _), key in zip(hits, keys, strict=True) if key is not None]


def matching_keys(searcher: Searcher, query: tantivy.Query) -> Keys:
    """Return the keys of all passages that match, ascending."""
    limit = max(1, searcher.num_docs)
    hits = searcher.search(query, limit, count=False, order_by_field="key", order=Order.Asc).hits
    return np.fromiter((key for key, _ in hits), dtype=np.int64, count=len(hits))


def _disjunction(index: TextIndex, terms: Mapping[str, int], boosts: FieldBoosts) -> tantivy.Query:
    """Return the query for any of the terms in any field.

    It is one flat disjunction of term queries, the form for which tantivy skips what cannot reach the top.
    """
    weights = [("content", boosts.content), ("title", boosts.title), ("headings", boosts.headings)]
    clauses = [
        (Occur.Should, tantivy.Query.boost_query(tantivy.Query.term_query(index.schema, field, term), weight * count))
        for term, count in terms.items()
        for field, weight in weights
        if weight
    ]
    return tantivy.Query.boolean_query(clauses)


def _constraints(index: TextIndex, query: Query) -> list[tuple[Occur, tantivy.Query]]:
    """Return what must hold and what must not; what names no word says nothing."""
    found = []
    for clause in query.constraints.clauses if query.constraints else ():
        if isinstance(clause, Not):
            found.append((Occur.MustNot, _atom(index, clause.of)))
        elif isinstance(clause, AnyOf):
            found.append((Occur.Must, _any_of(index, clause)))
        elif not isinstance(clause, Word):
            found.append((Occur.Must, _atom(index, clause.of if isinstance(clause, Must) else clause)))
    return [(occur, part) for occur, part in found if part is not None]


def _any_of(index: TextIndex, clause: AnyOf) -> tantivy.Query | None:
    parts = []
    for alternative in clause.of:
        part = _atom(index, alternative.of if isinstance(alternative, Not) else alternative)
        if part is not None:
            parts.append(_all_but(part) if isinstance(alternative, Not) else part)
    return tantivy.Query.boolean_query([(Occur.Should, part) for part in parts]) if parts else None


def _atom(index: TextIndex, atom: Atom) -> tantivy.Query | None:
    field, text = ("title", atom.of) if isinstance(atom, InTitle) else ("content", atom)
    words = words_of(text.text)
    if not words:
        return None
    if isinstance(text, Prefix):
        *before, last = words
        return _all_of([*(_word(index, field, word) for word in before), _beginning(index, field, last)])
    return _word(index, field, words[0]) if len(words) == 1 else _phrase(index, field, words)


def _word(index: TextIndex, field: str, word: str) -> tantivy.Query:
    """Return the query for a word by its stem, or as it is written where it is a stop word."""
    stem = index.stem(word)
    if stem is not None:
        return tantivy.Query.term_query(index.schema, field, stem, index_option="basic")
    return tantivy.Query.term_query(index.schema, f"{field}_words", word, index_option="basic")


def _phrase(index: TextIndex, field: str, words: Sequence[str]) -> tantivy.Query:
    """Return the query for words one after the other; a stop word keeps its place and has to be in the passage."""
    stems = [(place, index.stem(word)) for place, word in enumerate(words)]
    placed = [(place, stem) for place, stem in stems if stem is not None]
    if len(placed) < 2:
        return _all_of([_word(index, field, word) for word in words])
    stopped = {word for word in words if index.stem(word) is None}
    first = placed[0][0]
    chain = tantivy.Query.phrase_query(index.schema, field, [(place - first, stem) for place, stem in placed])
    return _all_of([chain, *(_word(index, field, word) for word in sorted(stopped))])


def _beginning(index: TextIndex, field: str, start: str) -> tantivy.Query:
    """Return the query for any word that begins with `start`, which holds letters and digits only."""
    if len(start) > LONGEST_TERM:
        return tantivy.Query.empty_query()
    return tantivy.Query.regex_query(index.schema, f"{field}_words", f"{start}.*")


def _all_of(parts: Sequence[tantivy.Query]) -> tantivy.Query:
    return parts[0] if len(parts) == 1 else tantivy.Query.boolean_query([(Occur.Must, part) for part in parts])


def _all_but(part: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.boolean_query([(Occur.Must, tantivy.Query.all_query()), (Occur.MustNot, part)])


def _unscored(part: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(part, 0.0)
