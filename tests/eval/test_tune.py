import json
from contextlib import contextmanager, nullcontext

import pytest

from carrel.datasets import RetrievalSet
from carrel.errors import UserError
from carrel.eval import indexed_platform
from carrel.eval.judged import judged_queries
from carrel.eval.tune import Choice, halves, in_force, settings_lines, tune
from carrel.settings import SearchSettings, Settings


def test_a_choice_ranks_as_the_platform_does_with_these_settings(desk, squad) -> None:
    from carrel.eval.fusion import collect_rankings

    queries = judged_queries(desk, squad).queries
    found = collect_rankings(desk, queries, depth=100)
    choice = in_force(desk.settings)
    assert choice.mode == "hybrid"
    for query, lists in zip(queries, found, strict=True):
        hits = desk.search(query.text, mode="hybrid", top_k=50).hits
        assert choice.rank(lists) == [document for document, _ in query.scored(hits)]


def test_the_halves_have_no_article_in_common(desk, squad) -> None:
    first, second = halves(judged_queries(desk, squad), squad, seed=0)
    assert sorted(q.id for q in (*first, *second)) == ["b1", "b2", "p1", "p2"]
    assert {q.id[0] for q in first}.isdisjoint(q.id[0] for q in second)


def test_the_better_settings_are_chosen_and_tested_on_other_queries(desk, squad) -> None:
    poor = Settings(search=SearchSettings(mode="hybrid", fusion="ranks", bm25_weight=0.99, candidates=1))
    tuning = tune(lambda settings: nullcontext(desk), squad, squad, poor, measure="MRR@10")
    assert tuning.baseline == Choice(200, "hybrid", "ranks", 0.99, 1)
    values = [estimate.value for _, estimate in tuning.tried]
    assert values == sorted(values, reverse=True)
    assert tuning.comparison.verdict in {"better", "no difference shown"}
    shape = json.loads(json.dumps(tuning.to_json(), allow_nan=False))
    assert {"baseline", "chosen", "tried", "reported"} <= shape.keys()
    assert shape["reported"]["verdict"] == tuning.comparison.verdict


def test_every_splitting_size_has_a_collection_of_its_own(squad) -> None:
    opened = []

    @contextmanager
    def open_desk(settings):
        opened.append(settings.index.max_tokens)
        with indexed_platform(squad, settings=settings) as desk:
            yield desk

    tuning = tune(open_desk, squad, squad, Settings(), sizes=[32])
    assert opened == [200, 32]
    assert {choice.max_tokens for choice, _ in tuning.tried} == {200, 32}


def test_settings_come_as_lines_for_the_file() -> None:
    lines = settings_lines(Choice(128, "hybrid", "scores", 0.4, 50))
    assert lines.splitlines() == [
        "[index]",
        "max_tokens = 128",
        "",
        "[search]",
        'mode = "hybrid"',
        'fusion = "scores"',
        "bm25_weight = 0.4",
        "candidates = 50",
    ]


def test_too_few_queries_are_refused(desk) -> None:
    with pytest.raises(UserError, match="two are the least"):
        tune(lambda settings: nullcontext(desk), *[RetrievalSet("none", (), (), {})] * 2, Settings())
