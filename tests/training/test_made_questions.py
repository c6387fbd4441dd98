"""Questions made out of text: each belongs to its passage, and the same seed makes the same ones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from carrel.training.made_questions import Kind, Text, made_queries, made_questions, made_statements
from carrel.types import Span

TEXTS = [
    Text("1", "tower", ("Tower",), "The tower was built between 1887 and 1889 in Paris by the company of Eiffel. It is"
         " made of iron and stands near the river Seine in the city."),
    Text("2", "river", ("Rivers", "Seine"), "The river rose in April after the long rain of the spring months. Near the"
         " tower of iron it flooded the streets of the city for days."),
]  # fmt: skip


def sentences(text: str) -> list[Span]:
    stops = [i + 2 for i in range(len(text) - 1) if text[i : i + 2] == ". "]
    return [Span(a, b) for a, b in zip([0, *stops], [*stops, len(text)], strict=True)]


def test_a_sentence_asks_for_the_rest_of_its_passage() -> None:
    made = [query for query in made_queries(TEXTS, sentences) if query.kind is Kind.SENTENCE]
    assert [query.id for query in made] == ["1", "2"]
    for query, text in zip(made, TEXTS, strict=True):
        assert query.query in text.text
        assert query.query not in query.passage
        assert len(query.query) + len(query.passage) >= len(text.text) - 2


def test_headings_and_keywords_ask_for_the_whole_passage() -> None:
    made = {(query.id, query.kind): query for query in made_queries(TEXTS, sentences)}
    assert made["2", Kind.HEADING].query == "Rivers Seine"
    keywords = made.get(("1", Kind.KEYWORDS))
    if keywords is not None:
        assert all(word in TEXTS[0].text.lower() for word in keywords.query.split())


def test_a_made_question_marks_its_answer_and_does_not_give_it_away() -> None:
    (question, *_) = made_questions(TEXTS[:1], sentences)
    (answer,) = question.answers
    assert question.context[answer.start : answer.end] == answer.text
    assert answer.text in ("1887", "1889", "Paris", "Eiffel", "Seine")
    assert answer.text not in question.question
    assert question.question.endswith("?")


STATEMENTS = [
    Text("1", "a", (), "The zoom is slow, and the quality of the sound is good. The same is true of the bag."),
    Text("2", "b", (), "I think the zoom works. Its sound seems thin. The bag and the keys are new."),
    Text("3", "c", (), "My charger was a gift; the keys were not, as the sound is not what the charger is for."),
    Text("4", "d", (), "The charger fits, and the chargers are cheap."),
]


def subjects_asked_for(texts: list[Text]) -> set[tuple[str, str, tuple[str, ...]]]:
    made = made_queries(texts, sentences)
    return {(query.id, query.query, query.about) for query in made if query.kind is Kind.SUBJECT}


def test_a_statement_asks_for_its_subject_if_another_text_states_something_of_it_too() -> None:
    assert subjects_asked_for(STATEMENTS[:2]) == {
        ("1", "How is the zoom?", ("zoom",)),
        ("1", "How is the sound?", ("sound",)),
        ("2", "How is the zoom?", ("zoom",)),
        ("2", "How is the sound?", ("sound",)),
    }
    assert subjects_asked_for(STATEMENTS[2:]) == set()


def test_what_a_thing_is_is_asked_for_otherwise_and_no_text_asks_for_more_than_two_subjects() -> None:
    again = [Text(f"{text.id}+", text.document, (), text.text) for text in STATEMENTS]
    asked = subjects_asked_for(STATEMENTS + again)
    assert {query for number, query, _ in asked if number == "3"} < {
        "What is the charger?",
        "How are the keys?",
        "How is the sound?",
    }
    assert all(len([1 for number, *_ in asked if number == text.id]) <= 2 for text in STATEMENTS)
    assert ("4", "How are the chargers?", ("chargers",)) in asked


def test_a_statement_answers_the_question_about_its_subject_up_to_the_end_of_its_clause() -> None:
    made = {(question.title, question.question, question.answers[0].text) for question in made_statements(STATEMENTS)}
    assert made == {
        ("a", "How is the zoom?", "The zoom is slow"),
        ("a", "How is the sound?", "the sound is good"),
        ("b", "How is the sound?", "Its sound seems thin"),
        ("c", "How is the sound?", "the sound is not what the charger is"),
    }


def test_every_statement_about_a_subject_is_an_answer_and_a_long_one_is_none() -> None:
    texts = [
        Text("1", "a", (), "The lens was dirty at first. After a week the lens is clear (the lens is a good one)."),
        Text("2", "b", (), "The lens is such that one can see, on any day " + "and night " * 9 + "all of the town."),
        Text("3", "c", (), "The lens is " + "very " * 12 + "clear."),
    ]
    asked = [(question.title, question.question, question.answers[0].text) for question in made_statements(texts)]
    assert asked == [
        ("a", "How is the lens?", "The lens was dirty at first"),
        ("a", "How is the lens?", "the lens is clear"),
        ("a", "What is the lens?", "the lens is a good one"),
        ("b", "How is the lens?", "The lens is such that one can see"),
    ]


@given(texts=st.lists(st.text(max_size=200), max_size=4), seed=st.integers(0, 3))
def test_any_text_gives_the_same_again_and_answers_at_their_offsets(texts: list[str], seed: int) -> None:
    passages = [Text(str(i), str(i), ("A",), text) for i, text in enumerate(texts)]
    assert made_queries(passages, sentences, seed=seed) == made_queries(passages, sentences, seed=seed)
    assert made_statements(passages, seed=seed) == made_statements(passages, seed=seed)
    for question in (*made_questions(passages, sentences, seed=seed), *made_statements(passages, seed=seed)):
        (answer,) = question.answers
        assert question.context[answer.start : answer.end] == answer.text != ""
