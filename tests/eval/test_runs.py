"""Runs: kept, listed, done again, exported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import pytrec_eval

from carrel.datasets import read_qrels, read_run
from carrel.errors import UnknownRunError, UserError
from carrel.eval.export import write_trec
from carrel.eval.plan import Plan, measure
from carrel.eval.recording import recorded, recorded_settings, run_json
from carrel.eval.replay import compared_with, replay
from carrel.platform import Platform
from carrel.records.database import Records
from carrel.records.runs import Runs
from carrel.settings import SearchSettings, Settings
from tests.eval.files import write_squad


@pytest.fixture(scope="module")
def home(tmp_path_factory, squad) -> Path:
    """A home with a collection of the articles, as a user would have it."""
    folder = tmp_path_factory.mktemp("home")
    write_squad(folder / "small.json", squad)
    texts = folder / "texts"
    texts.mkdir()
    for article in squad.articles:
        (texts / f"{article.title.replace('/', '_')}.txt").write_text(article.text, encoding="utf-8")
    with Platform(folder / "carrel") as desk:
        desk.index(texts)
    return folder


@pytest.fixture
def runs(tmp_path):
    records = Records.at(tmp_path / "kept")
    yield Runs(records)
    records.close()


def made(home: Path, plan: Plan, settings: Settings | None = None):
    from carrel.datasets import open_dataset

    settings = settings or Settings.load(home / "carrel")
    with Platform(home / "carrel", settings=settings) as desk:
        dataset = open_dataset(plan.dataset)
        return recorded(plan, measure(plan, dataset, desk, settings), desk, settings)


@pytest.fixture
def retrieval(home) -> Plan:
    return Plan("retrieval", str(home / "small.json"), None, "default", {"mode": "hybrid", "limit": None, "seed": 0})


@pytest.fixture
def pipeline(home) -> Plan:
    arguments = {"retriever_top_k": 4, "top_k": 2, "limit": None, "seed": 0}
    return Plan("pipeline", str(home / "small.json"), None, "default", arguments)


def test_a_run_comes_back_as_it_was_kept(home, runs, pipeline) -> None:
    run = made(home, pipeline)
    kept = runs.add(run)
    found = runs.get(kept.id)
    assert run_json(found) == json.loads(json.dumps(run_json(kept)))
    assert found.collection == kept.collection
    assert found.models.keys() == {"encoder", "reader"}
    [summary] = runs.summaries()
    assert (summary.id, summary.stage, summary.questions) == (kept.id, "pipeline", 5)


def test_what_is_not_there_is_named(home, runs, retrieval) -> None:
    with pytest.raises(UnknownRunError, match="nothing was measured in this home yet"):
        runs.get(7)
    kept = runs.add(made(home, retrieval))
    with pytest.raises(UnknownRunError, match=f"There is no run 7 .the newest is {kept.id}."):
        runs.get(7)
    runs.delete(kept.id)
    assert runs.summaries() == []


def test_a_replay_on_an_unchanged_collection_is_identical(home, runs, pipeline, retrieval) -> None:
    for plan in (pipeline, retrieval):
        kept = runs.get(runs.add(made(home, plan)).id)
        replayed = replay(kept, home / "carrel")
        assert replayed.changed == {}
        assert replayed.different == ()
        assert replayed.identical


def test_a_replay_takes_the_settings_of_the_run(home, runs, retrieval, monkeypatch) -> None:
    settings = Settings(search=SearchSettings(bm25_weight=0.9))
    kept = runs.get(runs.add(made(home, retrieval, settings)).id)
    monkeypatch.setenv("CARREL_SEARCH__BM25_WEIGHT", "0.1")
    assert recorded_settings(kept).search.bm25_weight == 0.9
    assert replay(kept, home / "carrel").identical


def test_a_replay_says_what_changed(home, runs, retrieval, tmp_path) -> None:
    from carrel.eval.plan import Plan as AnyPlan

    kept = runs.get(runs.add(made(home, retrieval)).id)
    other = tmp_path / "other"
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "Tay Bridge.txt").write_text("The first bridge opened in 1878, they say.\n", encoding="utf-8")
    (texts / "Emperor _ penguin.txt").write_bytes((home / "texts" / "Emperor _ penguin.txt").read_bytes())
    (texts / "new.txt").write_text("The emperor penguin lives in Antarctica, and when did it open?", encoding="utf-8")
    with Platform(other) as desk:
        desk.index(texts)
    replayed = replay(kept, other)
    assert not replayed.identical
    sources = replayed.changed["collection"]["sources"]
    assert sources["new"] == {"count": 1, "first": ["new.txt"]}
    assert sources["changed"]["first"] == ["Tay Bridge.txt"]
    assert replayed.to_json()["different"] == len(replayed.different) > 0
    assert AnyPlan(**kept.plan) == retrieval


def test_other_models_and_settings_are_named(home, retrieval) -> None:
    one = made(home, retrieval)
    other = made(home, retrieval, Settings(search=SearchSettings(candidates=7)))
    assert compared_with(one, other).changed["settings"] == {"search.candidates": {"then": 100, "now": 7}}


def test_the_exported_files_give_trec_eval_the_same_measures(home, retrieval, tmp_path) -> None:
    run = made(home, retrieval)
    write_trec(run, tmp_path / "run.txt")
    write_trec(run, tmp_path / "qrels.txt", judgements=True)
    evaluator = pytrec_eval.RelevanceEvaluator(read_qrels(tmp_path / "qrels.txt"), {"ndcg_cut_10", "recip_rank"})
    theirs = evaluator.evaluate(read_run(tmp_path / "run.txt"))
    for question in run.questions:
        assert theirs[question.id]["ndcg_cut_10"] == pytest.approx(question.values["nDCG@10"], abs=1e-9)


def test_only_rankings_are_exported_for_trec(home, pipeline, tmp_path) -> None:
    with pytest.raises(UserError, match="only runs of retrieval"):
        write_trec(made(home, pipeline), tmp_path / "run.txt")
