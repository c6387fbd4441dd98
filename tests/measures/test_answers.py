"""Exact match and F1 against the official SQuAD 2.0 script, written down here as it was published."""

import collections
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.measures import exact_match, normalize_answer, token_f1


def official_normalize(s):
    def remove_articles(text):
        return re.sub(re.compile(r"\b(a|an|the)\b", re.UNICODE), " ", text)

    def white_space_fix(text):
        return " ".join(text.split())

    def remove_punc(text):
        exclude = set(string.punctuation)
        return "".join(ch for ch in text if ch not in exclude)

    return white_space_fix(remove_articles(remove_punc(s.lower())))


def official_tokens(s):
    return official_normalize(s).split() if s else []


def official_f1(a_gold, a_pred):
    gold_toks, pred_toks = official_tokens(a_gold), official_tokens(a_pred)
    num_same = sum((collections.Counter(gold_toks) & collections.Counter(pred_toks)).values())
    if len(gold_toks) == 0 or len(pred_toks) == 0:
        return int(gold_toks == pred_toks)
    if num_same == 0:
        return 0
    precision, recall = 1.0 * num_same / len(pred_toks), 1.0 * num_same / len(gold_toks)
    return (2 * precision * recall) / (precision + recall)


def official_scores(prediction, golds):
    golds = [gold for gold in golds if official_normalize(gold)] or [""]
    exact = max(int(official_normalize(gold) == official_normalize(prediction)) for gold in golds)
    return exact, max(official_f1(gold, prediction) for gold in golds)


@pytest.mark.parametrize(
    ("prediction", "golds", "exact", "f1"),
    [
        ("Denver Broncos", ["Denver Broncos"], 1, 1),
        ("the Denver Broncos!", ["denver broncos"], 1, 1),
        ("Broncos", ["Denver Broncos"], 0, 2 / 3),
        (
            "Levi's Stadium in Santa Clara",
            ["Santa Clara, California", "Levi's Stadium"],
            0,
            2 * (2 / 5) * 1 / (2 / 5 + 1),
        ),
        ("a", ["an"], 1, 1),
        ("Theatre", ["atre"], 0, 0),
        ("the the cat", ["cat cat"], 0, 2 / 3),
        ("café", ["CAFÉ"], 1, 1),
        ("cafe\u0301", ["café"], 0, 0),
        ("“gold”", ["gold"], 0, 0),
        ("10,000", ["10000"], 1, 1),
        ("well-known", ["wellknown"], 1, 1),
        ("x\u00a0y", ["x y"], 1, 1),
        ("", [], 1, 1),
        ("something", [], 0, 0),
        ("", ["something"], 0, 0),
        ("the", ["..."], 1, 1),
        ("the", ["...", "word"], 0, 0),
    ],
)
def test_as_the_official_script(prediction, golds, exact, f1) -> None:
    assert exact_match(prediction, golds) == exact
    assert token_f1(prediction, golds) == pytest.approx(f1)
    assert official_scores(prediction, golds) == (exact, pytest.approx(f1))


texts = st.text(st.sampled_from(list("aAnthe .,'-éÉİß\u00a0\u2019“x1\n")), max_size=14)


@given(texts, st.lists(texts, max_size=4))
def test_agrees_with_the_official_script(prediction, golds) -> None:
    assert normalize_answer(prediction) == official_normalize(prediction)
    assert (exact_match(prediction, golds), token_f1(prediction, golds)) == official_scores(prediction, golds)


def test_gold_answers_of_the_published_set_score_one(carrel_data) -> None:
    from carrel.datasets import read_squad_set

    questions = read_squad_set(carrel_data / "squad" / "dev-v1.1.json").questions[:500]
    for question in questions:
        golds = [answer.text for answer in question.answers]
        assert exact_match(golds[-1], golds) == token_f1(golds[-1], golds) == 1
