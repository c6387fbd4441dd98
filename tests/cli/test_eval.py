"""carrel eval on small datasets in the standard formats: what it prints for people and for programs."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tests.cli.commands import Command

CONTEXTS = {
    "Warsaw": "Warsaw is the capital of Poland. It stands on the Vistula river.",
    "Tea": "Tea is made of the leaves of Camellia sinensis. It was first grown in Yunnan.",
}
QUESTIONS = {
    "Warsaw": ("Which river does Warsaw stand on?", "Vistula"),
    "Tea": ("Where was tea first grown?", "Yunnan"),
}


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    data = [
        {
            "title": title,
            "paragraphs": [
                {
                    "context": text,
                    "qas": [
                        {
                            "id": title,
                            "question": QUESTIONS[title][0],
                            "answers": [{"text": QUESTIONS[title][1], "answer_start": text.index(QUESTIONS[title][1])}],
                        }
                    ],
                }
            ],
        }
        for title, text in CONTEXTS.items()
    ]
    file = tmp_path / "squad.json"
    file.write_text(json.dumps({"version": "1.1", "data": data}), encoding="utf-8")
    return file


@pytest.fixture
def carrel(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def test_reader(carrel: Command, squad: Path) -> None:
    shape = carrel.json("eval", "reader", str(squad))
    assert {"dataset", "stage", "system", "queries", "metrics", "seconds"} <= shape.keys()
    assert (shape["stage"], shape["queries"]) == ("reader", 2)
    assert {"value", "low", "high"} <= shape["metrics"]["F1"].keys()
    assert shape["metrics"]["F1"]["value"] > 0.6


def test_retrieval_measures_every_mode_in_one_object(carrel: Command, squad: Path) -> None:
    shape = carrel.json("eval", "retrieval", str(squad))
    assert [system["system"] for system in shape["systems"]] == ["bm25", "dense", "hybrid"]
    assert shape["system"] == "hybrid"
    assert shape["metrics"]["recall@1"]["value"] == 1
    table = carrel.text("eval", "retrieval", str(squad), "--mode", "bm25")
    assert "nDCG@10" in table


def test_pipeline_says_which_stage_lost_what_was_lost(carrel: Command, squad: Path) -> None:
    shape = carrel.json("eval", "pipeline", str(squad), "--limit", "2")
    assert shape["blame_of"] == "F1"
    assert math.fsum(shape["blame"].values()) == 1 - shape["metrics"]["F1"]["value"]
    assert shape["offset_violations"] == 0
    assert "offsets" in carrel.text("eval", "pipeline", str(squad))


def test_runs_are_kept_listed_shown_exported_and_done_again(carrel: Command, squad: Path, tmp_path: Path) -> None:
    made = carrel.json("eval", "retrieval", str(squad), "--mode", "bm25", "--questions")
    assert [question["id"] for question in made["questions"]] == ["Warsaw", "Tea"]
    assert {"values", "id"} <= made["questions"][0].keys()
    assert (made["run"], made["plan"]["collection"]) == (1, None)
    [listed] = carrel.json("eval", "runs")["runs"]
    assert (listed["id"], listed["stage"], listed["questions"]) == (1, "retrieval", 2)
    assert "bm25" in carrel.text("eval", "runs")
    assert carrel.json("eval", "runs", "show", "1")["metrics"] == made["metrics"]
    exported = json.loads(carrel.text("eval", "export", "1"))
    assert exported["questions"][0]["values"] == made["questions"][0]["values"]
    assert exported["questions"][0]["details"]["ranking"]
    carrel.text("eval", "export", "1", "--format", "trec", "--out", str(tmp_path / "run.txt"))
    assert (tmp_path / "run.txt").read_text().startswith("Warsaw Q0 the-answer 1 ")
    replayed = carrel.json("eval", "replay", "1")
    assert (replayed["identical"], replayed["changed"], replayed["questions"]) == (True, {}, 2)
    assert "all 2 questions gave the same again" in carrel.text("eval", "replay", "1")
    page = tmp_path / "report.html"
    assert carrel.json("eval", "report", "1", "--out", str(page))["bytes"] == page.stat().st_size
    carrel.text("eval", "runs", "forget", "1")
    outcome = carrel.run("eval", "replay", "1")
    assert (outcome.code, outcome.out) == (2, "")
    assert "nothing was measured in this home yet" in outcome.err


def test_an_indexed_collection_is_measured_as_it_is_and_nothing_is_kept(carrel: Command, squad: Path) -> None:
    texts = squad.parent / "texts"
    texts.mkdir()
    for title, text in CONTEXTS.items():
        (texts / f"{title}.txt").write_text(text, encoding="utf-8")
    carrel.json("index", str(texts), "--collection", "articles")
    shape = carrel.json("eval", "retrieval", str(squad), "--mode", "bm25", "--collection", "articles", "--no-keep")
    assert shape["collection"]["name"] == "articles"
    assert shape["metrics"]["recall@1"]["value"] == 1
    assert "run" not in shape
    assert carrel.json("eval", "runs")["runs"] == []


def test_the_library_and_the_command_line_give_the_same(carrel: Command, squad: Path) -> None:
    from carrel.datasets import open_dataset
    from carrel.eval import PipelineArguments, RetrievalArguments, evaluate_pipeline, evaluate_retrieval
    from carrel.platform import Platform

    texts = squad.parent / "texts"
    texts.mkdir()
    for title, text in CONTEXTS.items():
        (texts / f"{title}.txt").write_text(text, encoding="utf-8")
    carrel.json("index", str(texts))
    carrel.json("eval", "retrieval", str(squad), "--indexed")
    carrel.json("eval", "pipeline", str(squad), "--indexed")
    dataset = open_dataset(squad)
    with Platform(carrel.home) as desk:
        library = [evaluate_retrieval(desk, dataset, RetrievalArguments(mode=m)) for m in ("bm25", "dense", "hybrid")]
        library.append(evaluate_pipeline(desk, dataset, PipelineArguments()))
    for number, result in enumerate(library, start=1):
        exported = json.loads(carrel.text("eval", "export", str(number)))
        assert exported["metrics"] == {name: estimate.to_json() for name, estimate in result.metrics.items()}
        for question, query in zip(exported["questions"], result.per_query, strict=True):
            assert question["values"] == query.values
            assert question["details"]["ranking"] == query.details["ranking"]


def test_what_is_no_dataset_is_named(carrel: Command, tmp_path: Path) -> None:
    outcome = carrel.run("eval", "retrieval", str(tmp_path / "nothing"))
    assert (outcome.code, outcome.out) == (2, "")
    assert "BEIR" in outcome.err
