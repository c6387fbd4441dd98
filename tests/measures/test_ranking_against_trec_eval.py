"""The same rankings through trec_eval's own code."""

import random

import pytest

from carrel.measures import parse_measure, ranked, score_queries

pytrec_eval = pytest.importorskip("pytrec_eval", reason="trec_eval's Python binding is not installed")

NAMES = {
    **{f"nDCG@{k}": f"ndcg_cut_{k}" for k in (1, 3, 10, 100)},
    **{f"recall@{k}": f"recall_{k}" for k in (1, 3, 10, 100)},
    **{f"precision@{k}": f"P_{k}" for k in (1, 3, 10, 100)},
    **{f"success@{k}": f"success_{k}" for k in (1, 5, 10)},
    **{f"MAP@{k}": f"map_cut_{k}" for k in (3, 10)},
    "nDCG": "ndcg",
    "MRR": "recip_rank",
    "MAP": "map",
}
FAMILIES = {
    "ndcg_cut.1,3,10,100",
    "recall.1,3,10,100",
    "P.1,3,10,100",
    "success.1,5,10",
    "map_cut.3,10",
    "ndcg",
    "recip_rank",
    "map",
}


def compare(rankings: dict[str, list[str]], qrels: dict[str, dict[str, int]]) -> None:
    # trec_eval breaks ties its own way and leaves out queries without a ranking: scores are made from our order, and
    # a query that found nothing gets one document that nobody judged.
    run = {
        query: {d: float(-i) for i, d in enumerate(ranking or ["nobody judged this"])}
        for query, ranking in rankings.items()
    }
    theirs = pytrec_eval.RelevanceEvaluator(qrels, FAMILIES).evaluate(run)
    for ours, name in NAMES.items():
        values = score_queries(parse_measure(ours), rankings, qrels)
        for query, value in values.items():
            if value is None:
                assert theirs[query][name] == 0, "trec_eval counts queries with nothing to find as 0"
            else:
                assert value == pytest.approx(theirs[query][name], abs=1e-9), (ours, query)


@pytest.mark.parametrize("seed", range(20))
def test_random_rankings(seed: int) -> None:
    draw = random.Random(seed)
    pool = [f"d{i}" for i in range(150)]
    qrels = {
        f"q{q}": {d: draw.choice([-1, 0, 1, 1, 2, 3]) for d in draw.sample(pool, draw.randint(1, 40))}
        for q in range(10)
    }
    compare({query: draw.sample(pool, draw.randint(0, 140)) for query in qrels}, qrels)


def test_made_by_hand() -> None:
    qrels = {
        "first": {"a": 1},
        "last": {"a": 1, "b": 0},
        "graded": {"a": 3, "b": 2, "c": 1},
        "none found": {"a": 1},
        "nothing to find": {"a": 0},
        "negative": {"a": -2, "b": 1},
        "empty": {"a": 1},
    }
    rankings = {
        "first": ["a", "b"],
        "last": ["b", "c", "d", "a"],
        "graded": ["c", "x", "a", "b"],
        "none found": ["x", "y"],
        "nothing to find": ["a"],
        "negative": ["a", "b"],
        "empty": [],
    }
    compare(rankings, qrels)


def test_ties_are_what_trec_eval_sorts_anew() -> None:
    # Of equal scores, trec_eval puts the higher id first, whatever order the run gives them in; we keep a ranking's own
    # order, and `ranked` puts the lower id first.
    run, qrels = {"q": {"a": 1.0, "b": 1.0, "c": 1.0}}, {"q": {"a": 1}}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}).evaluate(run)["q"]["recip_rank"]
    assert theirs == pytest.approx(1 / 3)
    assert parse_measure("MRR")(ranked(run["q"]), qrels["q"]) == 1
    as_theirs = sorted(run["q"], key=lambda document: (run["q"][document], document), reverse=True)
    assert parse_measure("MRR")(as_theirs, qrels["q"]) == pytest.approx(theirs)


@pytest.mark.parametrize("seed", range(10))
def test_ties_in_trec_eval_s_order_give_its_values(seed: int) -> None:
    draw = random.Random(seed)
    pool = [f"d{i}" for i in range(40)]
    qrels = {f"q{q}": {d: draw.choice([0, 1, 2]) for d in draw.sample(pool, 20)} for q in range(5)}
    run = {query: {d: draw.choice([0.5, 1.0, 1.5]) for d in draw.sample(pool, 30)} for query in qrels}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, FAMILIES).evaluate(run)
    for query, scores in run.items():
        ranking = sorted(scores, key=lambda document: (scores[document], document), reverse=True)
        for ours, name in NAMES.items():
            assert parse_measure(ours)(ranking, qrels[query]) == pytest.approx(theirs[query][name], abs=1e-9)
