"""Hard negatives: passages that a retriever returns for a question and that do not answer it.

A reader trained on gold paragraphs alone finds an answer in anything. Shown such passages with "no answer" as the gold
label, it learns a null score that can be compared across passages (Clark and Gardner 2018, section 3).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from carrel.datasets.squad import SquadQuestion
from carrel.measures.answers import normalize_answer

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


def _lacks_answer(text: str, question: SquadQuestion) -> bool:
    if text == question.context:
        return False
    normal = f" {normalize_answer(text)} "
    return not any(f" {normalize_answer(answer.text)} " in normal for answer in question.answers)
