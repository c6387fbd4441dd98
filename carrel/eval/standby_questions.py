"""Questions to measure with where no labelled data is named: made by rules out of the manual that Python carries."""

from __future__ import annotations

from carrel.datasets import SquadArticle, SquadSet
from carrel.platform.collection_passages import sentence_spans
from carrel.training.made_questions import Text, made_questions

_WORDS = range(40, 160)


def standby_questions(limit: int = 200, seed: int = 0) -> SquadSet:
    """Return at most `limit` made questions about paragraphs of Python's language reference (`pydoc_data.topics`).

    They compare the forms of one model with each other; their values say nothing of its quality elsewhere.
    """
    from pydoc_data.topics import topics

    paragraphs = [
        Text(f"{topic}-{number}", topic, (), " ".join(paragraph.split()))
        for topic, text in sorted(topics.items())
        for number, paragraph in enumerate(text.split("\n\n"))
        if len(paragraph.split()) in _WORDS
    ]
    asked = made_questions(paragraphs, sentence_spans, seed=seed)[:limit]
    articles = tuple(SquadArticle(one.title, (one.context,), (one,)) for one in asked)
    return SquadSet("questions made out of Python's manual", articles)
