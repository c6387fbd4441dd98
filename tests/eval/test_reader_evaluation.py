import json
import math

import pytest

from carrel.datasets import SquadSet
from carrel.eval import ReaderArguments, evaluate_reader


@pytest.fixture
def answerable(squad) -> SquadSet:
    return SquadSet("small", squad.articles[1:])


def test_reads_each_question_in_its_own_context(desk, answerable) -> None:
    result = evaluate_reader(desk.reader, answerable)
    assert {query.id: query.details["answer"] for query in result.per_query}["p1"] == "Antarctica"
    assert list(result.metrics) == ["EM", "F1"]
    assert 0 < result.metrics["EM"].value <= result.metrics["F1"].value
    assert "best_threshold" not in result.further


def test_a_set_without_unanswerable_questions_is_always_answered(desk, answerable) -> None:
    assert all(query.values["abstained"] == 0 for query in evaluate_reader(desk.reader, answerable).per_query)


def test_reads_what_was_retrieved_instead(desk, answerable) -> None:
    def wrong_article(question):
        return desk.retrieve("Tay bridge", top_k=1, filters={"field": "title", "operator": "==", "value": "Tay_Bridge"})

    found = evaluate_reader(desk.reader, answerable, retrieved=lambda question: desk.retrieve(question.text, top_k=3))
    assert found.metrics["EM"].value > 0
    lost = evaluate_reader(desk.reader, answerable, retrieved=wrong_article)
    assert lost.metrics["EM"].value == 0
    nothing = evaluate_reader(desk.reader, answerable, retrieved=lambda question: [])
    assert [query.details["score"] for query in nothing.per_query] == [None, None]
    assert nothing.metrics["F1"].value == 0


def test_unanswerable_questions_are_measured_apart(desk, squad) -> None:
    result = evaluate_reader(desk.reader, squad)
    assert (result.metrics["F1 answerable"].count, result.metrics["F1 unanswerable"].count) == (4, 1)
    by_kind = 4 * result.metrics["F1 answerable"].value + result.metrics["F1 unanswerable"].value
    assert result.metrics["F1"].value == pytest.approx(by_kind / 5)
    json.dumps(result.to_json(), allow_nan=False)


def test_the_threshold_decides_between_answering_and_abstaining(desk, squad) -> None:
    never = evaluate_reader(desk.reader, squad, ReaderArguments(threshold=math.inf))
    assert never.metrics["abstained"].value == 1.0
    assert (never.metrics["F1 answerable"].value, never.metrics["F1 unanswerable"].value) == (0.0, 1.0)
    always = evaluate_reader(desk.reader, squad, ReaderArguments(threshold=-math.inf))
    assert always.metrics["abstained"].value == 0.0
    assert always.metrics["F1 unanswerable"].value == 0.0


def test_the_best_threshold_gives_what_it_says(desk, squad) -> None:
    best = evaluate_reader(desk.reader, squad).further["best_threshold"]
    threshold = -math.inf if best["value"] is None else best["value"]
    again = evaluate_reader(desk.reader, squad, ReaderArguments(threshold=threshold))
    assert again.metrics["F1"].value == pytest.approx(best["F1"])
