import random

import pytest

from carrel.datasets import RetrievalSet, SubjqaQuestion, SubjqaSet
from carrel.datasets.squad import GoldSpan, sample_questions
from carrel.datasets.subjqa import SubjqaReview
from carrel.errors import UserError
from carrel.eval.questions import open_questions, reading_questions, seeded_sample


@pytest.fixture
def reviews() -> SubjqaSet:
    return SubjqaSet(
        "reviews",
        (),
        (SubjqaReview("r1", "item", "Very loud."), SubjqaReview("r2", "item", "Quiet enough.")),
        (
            SubjqaQuestion("q1", "How loud?", "item", "r1", (GoldSpan("loud", 5),)),
            SubjqaQuestion("q2", "How loud?", "item", "r2", (GoldSpan("Quiet", 0),)),
            SubjqaQuestion("q3", "How big?", "item", "r2", ()),
        ),
        (),
    )


def test_squad_questions_in_file_order(squad) -> None:
    questions = open_questions(squad)
    assert [question.id for question in questions] == ["b1", "b2", "b3", "p1", "p2"]
    assert questions[0].golds == ["1878", "in 1878"]
    assert questions[2].golds == []
    assert reading_questions(squad) == questions


def test_reviews_are_asked_once_a_product(reviews) -> None:
    first, second = open_questions(reviews)
    assert first.golds == ["loud", "Quiet"]
    assert [context.text for context in first.contexts] == ["Very loud.", "Quiet enough."]
    assert first.filters == {"field": "meta.item_id", "operator": "==", "value": "item"}
    assert second.golds == []


def test_reviews_are_read_one_by_one(reviews) -> None:
    assert [(question.id, question.golds) for question in reading_questions(reviews)] == [
        ("q1", ["loud"]),
        ("q2", ["Quiet"]),
        ("q3", []),
    ]


def test_judgements_alone_are_no_questions() -> None:
    with pytest.raises(UserError, match="has judgements but no answers"):
        open_questions(RetrievalSet("scifact", (), (), {}))


def test_samples_are_those_of_the_recipe(squad) -> None:
    questions = squad.questions
    assert seeded_sample(questions, 2, 0) == random.Random(0).sample(questions, 2) == sample_questions(questions, 2)
    assert seeded_sample(questions, None, 0) == seeded_sample(questions, 99, 0) == questions
    with pytest.raises(UserError, match="at least 1"):
        seeded_sample(questions, 0, 0)
