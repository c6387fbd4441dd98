import json
import math

import pytest

from carrel.datasets import GoldSpan, SquadSet
from carrel.eval import ReaderArguments, evaluate_reader
from carrel.eval.questions import GoldContext, OpenQuestion
from carrel.eval.reader import answering_contexts


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


def test_a_threshold_is_chosen_on_half_of_the_texts_and_measured_on_the_others(desk, squad) -> None:
    halves = evaluate_reader(desk.reader, squad).further["threshold_in_halves"]
    assert sum(half["questions"] for half in halves["halves"]) == 5
    assert halves["F1"] == pytest.approx(sum(half["F1"] for half in halves["halves"]) / 2)
    one_text = SquadSet("one", squad.articles[:1])
    assert evaluate_reader(desk.reader, one_text).further.get("threshold_in_halves") is None


def test_nothing_is_withheld_where_everything_has_to_be_answered(desk, squad) -> None:
    always = evaluate_reader(desk.reader, squad, ReaderArguments(always_answer=True))
    assert always.metrics["abstained"].value == 0


def test_a_group_is_read_in_the_texts_that_answer_it(desk) -> None:
    texts = ("The Tay bridge fell in 1879.", "It was a cold night.", "In 1879 the bridge fell.")
    golds = ((GoldSpan("1879", 23),), (), (GoldSpan("1879", 3),))
    contexts = tuple(GoldContext(text, gold) for text, gold in zip(texts, golds, strict=True))
    read = answering_contexts(OpenQuestion("q", "When did the bridge fall?", contexts))
    assert [document.content for document in read] == [texts[0], texts[2]]
    nowhere = OpenQuestion("q", "When?", (GoldContext(texts[1], ()),))
    assert [document.content for document in answering_contexts(nowhere)] == [texts[1]]
