"""The questions that people asked: kept once each, in the order of time or of doubt."""

from __future__ import annotations

from dataclasses import replace

from carrel.records.asked import Asked, AskedQuestion

FIRST = AskedQuestion("Who?", None, False, "Ada", "a.txt", 0.5, 0.4, ("why",))


def test_a_question_is_kept_once_with_what_was_answered_last(records) -> None:
    asked = Asked(records, "default")
    number = asked.add(FIRST)
    assert asked.add(replace(FIRST, answer="Grace", doubt=0.1)) == number
    [kept] = asked.latest()
    assert (kept.answer, kept.doubt, kept.times, kept.reasons) == ("Grace", 0.1, 2, ("why",))


def test_another_filter_or_collection_is_another_question(records) -> None:
    asked, other = Asked(records, "default"), Asked(records, "other")
    asked.add(FIRST)
    asked.add(replace(FIRST, filters={"field": "source", "operator": "==", "value": "a.txt"}))
    other.add(FIRST)
    assert asked.counts() == (2, 0)
    assert other.counts() == (1, 0)


def test_the_most_doubtful_come_first_until_they_are_settled(records) -> None:
    asked = Asked(records, "default")
    for question, doubt in (("A?", 0.1), ("B?", 0.9), ("C?", 0.5)):
        asked.add(replace(FIRST, question=question, doubt=doubt))
    assert [one.question for one in asked.most_doubtful()] == ["B?", "C?", "A?"]
    assert [one.question for one in asked.latest(limit=2)] == ["C?", "B?"]
    asked.settle("B?")
    assert [one.question for one in asked.most_doubtful()] == ["C?", "A?"]
    assert asked.counts() == (3, 1)
