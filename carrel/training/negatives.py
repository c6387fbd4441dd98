"""Hard negatives: passages that a retriever returns for a question and that do not answer it.

An encoder that is trained to prefer the answer to them learns what its retriever does not know yet. A reader trained on
gold paragraphs alone finds an answer in anything; shown such passages with "no answer" as the gold label, it learns a
null score that can be compared across passages (Clark and Gardner 2018, section 3).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from carrel.datasets.squad import SquadQuestion
from carrel.measures.answers import normalize_answer
from carrel.training.encoder import TrainingPair

PassageSearch = Callable[[str, int], Sequence[str]]
"""Maps (question, number of passages) to passage texts, best first."""


def hard_negatives(
    questions: Sequence[SquadQuestion], search: PassageSearch, *, share: float, depth: int = 5, seed: int = 0
) -> list[SquadQuestion]:
    """Pair a seeded `share` of the questions with a passage among the best `depth` that holds none of their answers."""
    order = random.Random(seed)
    answerable = [question for question in questions if question.answers]
    chosen = order.sample(answerable, round(len(answerable) * share))
    negatives = []
    for question in chosen:
        wrong = [text for text in search(question.question, depth + 1) if _lacks_answer(text, question)][:depth]
        if wrong:
            text = order.choice(wrong)
            negatives.append(SquadQuestion(f"{question.id}-negative", question.question, question.title, text, ()))
    return negatives


def pairs_with_negatives(
    pairs: Sequence[TrainingPair], search: PassageSearch, *, count: int, depth: int = 20, seed: int = 0
) -> list[TrainingPair]:
    """Give every pair `count` passages among the best `depth` that are no right answer to its query.

    A pair's own `answers` and every passage that another pair names for the same query count as right. Where the search
    finds too few, passages of other pairs fill up.
    """
    if not count:
        return list(pairs)
    order = random.Random(seed)
    right: dict[str, set[str]] = {}
    for pair in pairs:
        right.setdefault(pair.query, set()).add(pair.passage)
    made = []
    for pair in pairs:
        found = [
            text
            for text in search(pair.query, depth + len(right[pair.query]))
            if text not in right[pair.query] and not holds_any(text, pair.answers)
        ]
        chosen = order.sample(found[:depth], min(count, len(found[:depth])))
        while len(chosen) < count:
            chosen.append(order.choice(pairs).passage)
        made.append(replace(pair, negatives=tuple(chosen)))
    return made


def holds_any(text: str, answers: Sequence[str]) -> bool:
    """Tell whether a text has one of the answers in it, whatever the case and punctuation."""
    normal = f" {normalize_answer(text)} "
    return any(f" {normalize_answer(answer)} " in normal for answer in answers)


def _lacks_answer(text: str, question: SquadQuestion) -> bool:
    return text != question.context and not holds_any(text, [answer.text for answer in question.answers])
