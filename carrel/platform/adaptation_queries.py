"""The queries that an encoder is adapted and judged by: labelled questions, or such as are made out of the text."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice
from typing import TypeVar

import numpy as np

from carrel.datasets import Dataset
from carrel.errors import UserError
from carrel.models.span_reader import SpanModel
from carrel.platform.collection_passages import CollectionPassages, sentence_spans
from carrel.platform.judging_texts import JudgingTexts, judging_documents
from carrel.platform.label_places import find_contexts
from carrel.platform.outcomes import labelled_questions
from carrel.platform.platform import Platform
from carrel.platform.ranking_comparison import RankedQuery
from carrel.platform.round_trip import answered_back
from carrel.training.encoder import TrainingPair
from carrel.training.made_questions import Kind, made_queries, made_questions, words_of
from carrel.training.negatives import pairs_with_negatives

LABELLED = "labelled question"

T = TypeVar("T")

_SEARCHED = 100
"""Passages looked at for wrong ones to learn from."""

_ALIKE = 4
"""Passages beside those wanted that are looked at for wrong ones that are most like the right one."""


def labelled_queries(
    desk: Platform, passages: CollectionPassages, datasets: Iterable[Dataset], name: str = LABELLED
) -> list[RankedQuery]:
    """Return a query for every answerable question whose text the collection holds.

    Right are the passages of that text which have one of its answers in them.

    Raises:
        UserError: the collection holds the text of none of the questions, or a dataset has no marked answers.
    """
    rows = passages.rows_by_source()
    among: dict[str, tuple[int, ...] | None] = {}
    queries: list[RankedQuery] = []
    asked = [question for dataset in datasets for question in labelled_questions(dataset) if question.golds]
    places = find_contexts(desk.store, ((context, one.group) for one in asked for context in one.contexts))
    for question in asked:
        held = [place for context in question.contexts if (place := places.get((context, question.group)))]
        own = {row for place in held for row in rows.get(place.source, ())}
        right = tuple(sorted(row for row in own if any(gold in passages.texts[row].text for gold in question.golds)))
        if not right:
            continue
        if question.group not in among:
            among[question.group] = passages.rows_of(desk, question.filters)
        wanted = tuple(passages.embedded[row] for row in right)
        queries.append(
            RankedQuery(name, question.text, question.group, wanted, right, among[question.group], about=right)
        )
    if asked and not queries:
        raise UserError(
            f"No text that the labels are about is in the collection {desk.collection!r}: index it, or take others"
        )
    return queries


def unlabelled_queries(passages: CollectionPassages, reader: SpanModel, *, limit: int, seed: int) -> list[RankedQuery]:
    """Make queries of every kind out of the passages; made questions are kept if the reader finds their answer again.

    Of each kind there are at most `limit`, a seeded sample.
    """
    row = {text.id: number for number, text in enumerate(passages.texts)}
    alike: dict[str, list[int]] = {}
    holding: dict[str, list[int]] = {}
    for number, text in enumerate(passages.texts):
        alike.setdefault(" ".join(text.headings[-2:]), []).append(number)
        for word in words_of(text.text):
            holding.setdefault(word, []).append(number)

    @cache
    def mentioning(words: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(sorted({number for word in words for number in holding.get(word, ())}))

    queries = []
    for made in made_queries(passages.texts, sentence_spans, seed=seed):
        place = row[made.id]
        rows: tuple[int, ...] = (place,)
        shown = passages.embedded[place].replace(passages.texts[place].text, made.passage)
        if made.kind is Kind.HEADING:
            # What a heading asks for is the text alone, and no other text under the same heading is wrong.
            rows, shown = tuple(alike[made.query]), made.passage
        elif made.kind is Kind.SUBJECT:
            rows = mentioning(made.about)
        queries.append(RankedQuery(made.kind, made.query, made.document, (shown,), rows, about=(place,)))
    order = random.Random(seed)
    kept = [query for kind in Kind for query in _sample([q for q in queries if q.kind == kind], limit, order)]
    asked = _sample(made_questions(passages.texts, sentence_spans, seed=seed), 2 * limit, order)
    for question in answered_back(reader, asked, best=1)[:limit]:
        place = row[question.id.removeprefix("made-")]
        shown = passages.embedded[place]
        kept.append(RankedQuery(Kind.QUESTION, question.question, question.title, (shown,), (place,), about=(place,)))
    return kept


def divided(queries: Sequence[RankedQuery], seed: int) -> tuple[list[RankedQuery], list[RankedQuery]]:
    """Divide by document: the queries to learn from, and those that judge."""
    held_out = judging_documents((query.document for query in queries), seed)
    learning = [query for query in queries if query.document not in held_out]
    return learning, [query for query in queries if query.document in held_out]


def judging_texts(desk: Platform, passages: CollectionPassages, judging: Sequence[RankedQuery]) -> JudgingTexts:
    """Return the texts of the documents that the queries which judge are about."""
    sources = {passages.places[row].source for query in judging for row in query.about}
    return JudgingTexts(desk.store.version_text(source).text for source in sorted(sources))


def apart_from(texts: JudgingTexts, passages: CollectionPassages, queries: Iterable[RankedQuery]) -> list[RankedQuery]:
    """Return the queries that are about no text that judges, nor about a copy of one."""
    return [query for query in queries if not any(passages.texts[row].text in texts for row in query.about)]


def training_pairs(
    desk: Platform,
    passages: CollectionPassages,
    queries: Sequence[RankedQuery],
    judging: JudgingTexts,
    *,
    negatives: int,
    seed: int,
) -> list[TrainingPair]:
    """Return a pair for every passage that is right, with `negatives` passages that are not and do not judge.

    They are passages that BM25 finds for the query. For a question about a subject all of those may answer it; they are
    the passages most like the right one that do not mention the subject.
    """
    about = [query for query in queries if query.kind == Kind.SUBJECT]
    others = [query for query in queries if query.kind != Kind.SUBJECT]
    pairs = _against_found(desk, passages, others, judging, negatives, seed)
    return pairs + _against_alike(desk, passages, about, judging, negatives, seed) if about else pairs


def _against_found(
    desk: Platform,
    passages: CollectionPassages,
    queries: Sequence[RankedQuery],
    judging: JudgingTexts,
    count: int,
    seed: int,
) -> list[TrainingPair]:
    row = {text.id: number for number, text in enumerate(passages.texts)}
    among = {query.text: None if query.among is None else set(query.among) for query in queries}
    own: dict[str, set[int]] = {}
    for query in queries:
        own.setdefault(query.text, set()).update(query.rows)

    def found(query: str, count: int) -> list[str]:
        places = [row[document.id] for document in desk.store.bm25_search(query, top_k=_SEARCHED) if document.id in row]
        chosen = among[query]
        wrong = (place for place in places if place not in own[query] and (chosen is None or place in chosen))
        apart = (place for place in wrong if passages.texts[place].text not in judging)
        return [passages.embedded[place] for place in islice(apart, count)]

    pairs = [TrainingPair(query.text, wanted) for query in queries for wanted in query.wanted]
    return pairs_with_negatives(pairs, found, count=count, seed=seed)


def _against_alike(
    desk: Platform,
    passages: CollectionPassages,
    queries: Sequence[RankedQuery],
    judging: JudgingTexts,
    count: int,
    seed: int,
) -> list[TrainingPair]:
    vectors = desk.encoder.encode(passages.embedded)
    row = {text: number for number, text in enumerate(passages.embedded)}
    order = random.Random(seed)
    pairs = []
    for query in queries:
        (wanted,) = query.wanted
        likeness = vectors @ vectors[row[wanted]]
        likeness[list(query.rows)] = -np.inf
        depth = min(_SEARCHED, len(likeness) - len(query.rows))
        nearest = np.argpartition(-likeness, depth - 1)[:depth] if depth else np.empty(0, np.intp)
        ranked = (int(place) for place in nearest[np.argsort(-likeness[nearest])])
        apart = list(islice((place for place in ranked if passages.texts[place].text not in judging), _ALIKE + count))
        if len(apart) < count:
            continue
        chosen = order.sample(sorted(apart), count)
        pairs.append(TrainingPair(query.text, wanted, tuple(passages.embedded[place] for place in chosen)))
    return pairs


def _sample(members: Sequence[T], limit: int, order: random.Random) -> list[T]:
    return order.sample(list(members), min(limit, len(members)))
