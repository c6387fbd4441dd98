import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.errors import UserError
from carrel.measures import RankingMeasure, parse_measure, ranked, score_queries

GRADES = {"a": 2, "b": 1, "c": 0, "x": -1}
RANKING = ["c", "b", "u", "a", "x"]


def value(name: str, ranking=RANKING, grades=GRADES) -> float | None:
    return parse_measure(name)(ranking, grades)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nDCG@10", (1 / math.log2(3) + 2 / math.log2(5)) / (2 + 1 / math.log2(3))),
        ("nDCG@1", 0.0),
        ("nDCG@2", (1 / math.log2(3)) / (2 + 1 / math.log2(3))),
        ("recall@1", 0.0),
        ("recall@3", 0.5),
        ("recall@100", 1.0),
        ("precision@4", 0.5),
        ("precision@10", 0.2),
        ("success@1", 0.0),
        ("success@2", 1.0),
        ("MRR", 0.5),
        ("MRR@1", 0.0),
        ("MAP", (1 / 2 + 2 / 4) / 2),
        ("MAP@2", (1 / 2) / 2),
    ],
)
def test_by_hand(name, expected) -> None:
    assert value(name) == pytest.approx(expected, abs=1e-12)


def test_a_query_without_relevant_documents_cannot_be_measured() -> None:
    for name in ("nDCG@10", "recall@10", "precision@10", "success@10", "MRR", "MAP"):
        assert value(name, grades={"a": 0}) is None
        assert value(name, grades={}) is None


def test_finding_nothing_is_zero() -> None:
    for name in ("nDCG@10", "recall@10", "precision@10", "success@10", "MRR", "MAP"):
        assert value(name, ranking=[]) == 0.0


def test_a_document_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        value("recall@2", ranking=["a", "a"])


@pytest.mark.parametrize(
    ("text", "printed"), [("ndcg@10", "nDCG@10"), (" MRR ", "MRR"), ("Recall@5", "recall@5"), ("map@3", "MAP@3")]
)
def test_measures_are_values(text, printed) -> None:
    measure = parse_measure(text)
    assert str(measure) == printed
    assert parse_measure(printed) == measure
    assert len({measure, parse_measure(printed)}) == 1


@pytest.mark.parametrize("text", ["", "ERR@10", "nDCG@0", "nDCG@-1", "nDCG@1.5", "nDCG 10", "@10"])
def test_unknown_measures_name_those_that_exist(text) -> None:
    with pytest.raises(UserError, match=r"There is no ranking measure .* there are nDCG, recall"):
        parse_measure(text)


def test_recall_needs_a_cutoff() -> None:
    with pytest.raises(UserError, match="as in recall@10"):
        parse_measure("recall")


def test_ties_are_ranked_by_id() -> None:
    assert ranked({"b": 1.0, "c": 2.0, "a": 1.0}) == ["c", "a", "b"]


def test_queries_come_from_the_judgements() -> None:
    rankings = {"q1": ["a"], "not judged": ["a"]}
    qrels = {"q1": {"a": 1}, "unanswered": {"a": 1}, "nothing to find": {"a": 0}}
    values = score_queries(RankingMeasure("MRR"), rankings, qrels)
    assert values == {"q1": 1.0, "unanswered": 0.0, "nothing to find": None}


grades = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(-1, 3), max_size=8)
rankings = st.lists(st.sampled_from("abcdefghij"), unique=True)


@given(rankings, grades, st.integers(1, 12))
def test_properties(ranking, judged, cutoff) -> None:
    for kind in ("nDCG", "recall", "precision", "success", "MRR", "MAP"):
        measured = RankingMeasure(kind, cutoff)(ranking, judged)
        assert (measured is None) == (not any(grade > 0 for grade in judged.values()))
        assert measured is None or 0 <= measured <= 1 + 1e-12
    best = sorted(judged, key=lambda document: -judged[document])
    assert RankingMeasure("nDCG", cutoff)(best, judged) in (None, pytest.approx(1.0))
