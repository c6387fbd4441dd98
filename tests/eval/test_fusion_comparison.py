import pytest

from carrel.eval.fusion import TwoRankings, collect_rankings, compare_fusions, fusion_table, fusions
from carrel.eval.judged import judged_queries


def query(identifier: str, bm25: list, dense: list, relevant: str) -> TwoRankings:
    passages = {passage for passage, _ in (*bm25, *dense)}
    return TwoRankings(identifier, bm25, dense, {p: p.split("#")[0] for p in passages}, {relevant: 1})


QUERIES = [
    query("1", [("a#1", 9.0), ("b", 3.0)], [("a#2", 0.7), ("c", 0.6)], "a"),
    query("2", [("b", 5.0)], [("c", 0.95), ("b", 0.8)], "c"),
]


def test_passages_are_judged_as_their_documents() -> None:
    scores = {score.name: score for score in compare_fusions(QUERIES, fusions(), measures=["MRR@10"])}
    assert scores["BM25 alone"].metrics["MRR@10"].value == 0.5
    assert scores["dense alone"].metrics["MRR@10"].value == 1.0
    assert scores["dense alone"].difference["MRR@10"].value == 0.5
    assert scores["BM25/max + cosine, BM25 weight 0.1"].metrics["MRR@10"].value == 1.0


def test_best_first_with_the_difference_to_the_baseline() -> None:
    scores = compare_fusions(QUERIES, fusions(), measures=["MRR@10", "recall@1"], baseline="dense alone")
    values = [score.metrics["MRR@10"].value for score in scores]
    assert values == sorted(values, reverse=True)
    assert next(s for s in scores if s.name == "dense alone").difference["recall@1"].value == 0


def test_the_table_is_for_people() -> None:
    table = fusion_table(compare_fusions(QUERIES, fusions(), measures=["MRR@10"]))
    header, rule, *rows = table.splitlines()
    assert header == "| fusion | MRR@10 [95 %] | difference in MRR@10 [95 %] |"
    assert rule == "| --- | --- | --- |"
    assert len(rows) == len(fusions())
    assert "| dense alone | 100.0 [34.2, 100.0] | +50.0 [-56.3, +100.0] |" in rows
    assert fusion_table([]) == ""


def test_collects_both_rankings_from_a_platform(desk, squad) -> None:
    collected = collect_rankings(desk, judged_queries(desk, squad).queries, depth=3)
    assert [rankings.id for rankings in collected] == ["b1", "b2", "p1", "p2"]
    scores = {score.name: score for score in compare_fusions(collected, fusions())}
    assert scores["dense alone"].metrics["recall@10"].value == pytest.approx(1.0)
