"""How much doubt there is about an answer, and why."""

from __future__ import annotations

import pytest

from carrel.platform.doubt import asked_question
from carrel.types import Answer, AskResult, Hit, RiskLimit, Span

SECONDS = {"retrieve": 0.0, "read": 0.0, "total": 0.0}


def hit(name: str, rank: int, **scores: float) -> Hit:
    return Hit(rank, name, f"{name}.txt", name, "text", Span(0, 4), None, scores, {})


def answer(passage: str, confidence: float | None) -> Answer:
    return Answer("text", Span(0, 4), f"{passage}.txt", "v", passage, None, "text", 0, passage, confidence, "set", {})


def asked(first: Answer | None, *hits: Hit, limit: RiskLimit | None = None) -> AskResult:
    return AskResult("Q?", first is None, () if first is None else (first,), SECONDS, hits, limit)


def test_a_sure_answer_that_all_agree_on_is_not_in_doubt() -> None:
    found = asked_question(asked(answer("a", 0.99), hit("a", 1, bm25=2.0, cosine=0.9), hit("b", 2, bm25=1.0)), None)
    assert (found.doubt, found.reasons) == (0.0, ())


def test_even_odds_are_the_most_doubtful() -> None:
    doubts = [asked_question(asked(answer("a", sure), hit("a", 1)), None).doubt for sure in (0.5, 0.6, 0.7, 0.99)]
    assert doubts == sorted(doubts, reverse=True)
    assert doubts[0] == pytest.approx(0.5)


def test_a_risk_moves_what_is_near_to_its_threshold() -> None:
    limit = RiskLimit(0.1, 0.9, "set", threshold=0.8)
    near, far = (asked_question(asked(answer("a", sure), limit=limit), None).doubt for sure in (0.8, 0.3))
    assert near > far


def test_stages_that_disagree_are_named() -> None:
    found = asked_question(
        asked(answer("b", 0.99), hit("a", 1, bm25=2.0, cosine=0.2), hit("b", 2, bm25=1.0, cosine=0.9)), {"field": "x"}
    )
    assert found.doubt == pytest.approx(0.25 + 0.125)
    assert [reason.split()[0] for reason in found.reasons] == ["the", "search"]
    assert found.filters == {"field": "x"}


def test_a_question_without_passages_has_no_doubt_to_settle() -> None:
    found = asked_question(asked(None), None)
    assert (found.doubt, found.answer, found.abstained) == (0.0, "", True)
