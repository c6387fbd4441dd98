"""Questions changed so that their passage does not answer them."""

from carrel.datasets.squad import GoldSpan, SquadQuestion
from carrel.training.altered_questions import altered_questions

CONTEXT = (
    "The first mill in Ardale was built by Anna Berg in 1812; the second, by Karl Lund in 1845, burned down. "
    "It cost 300 crowns."
)


def asked(text, answer, number=1, context=CONTEXT):
    golds = (GoldSpan(answer, context.index(answer)),) if answer else ()
    return SquadQuestion(str(number), text, "Mills", context, golds)


def altered(text, answer, seed=0):
    made = altered_questions([asked(text, answer)], share=1, seed=seed)
    return {one.question for one in made}


def many(text, answer):
    return set().union(*(altered(text, answer, seed) for seed in range(40)))


def test_a_name_gives_way_to_another_of_the_passage():
    assert many("When did Anna Berg work?", "1812") == {"When did Karl Lund work?", "When did Ardale work?"}


def test_the_answer_is_never_put_into_the_question():
    assert many("When did Anna Berg work?", "Karl Lund in 1845") == {"When did Ardale work?"}


def test_a_year_gives_way_to_a_year_only():
    assert many("What was there in 1812?", "The first mill") == {"What was there in 1845?"}


def test_a_word_gives_way_to_its_opposite():
    assert many("who owned the first one?", "Anna Berg") == {"who owned the last one?"}


def test_a_question_without_another_rule_is_negated_now_and_then():
    found = [altered("what did it cost?", "300 crowns", seed) for seed in range(60)]
    assert {"what didn't it cost?"} in found
    assert set() in found


def test_they_keep_their_passage_and_have_no_answer():
    (made,) = altered_questions([asked("Who built the first one?", "Anna Berg")], share=1)
    assert (made.id, made.context, made.title, made.answers) == ("1-altered", CONTEXT, "Mills", ())


def test_the_share_is_kept_and_the_seed_decides():
    questions = [asked("Who built the first one?", "Anna Berg", number) for number in range(100)]
    made = altered_questions(questions, share=0.25, seed=1)
    assert len(made) == 25
    assert made == altered_questions(questions, share=0.25, seed=1)
    assert made != altered_questions(questions, share=0.25, seed=2)


def test_what_has_no_answer_is_left_alone():
    assert altered_questions([asked("Who built the first one?", None)], share=1) == []
