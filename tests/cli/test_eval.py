"""carrel eval on small datasets in the standard formats: what it prints for people and for programs."""

from __future__ import annotations

import json
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
    shape = carrel.json("eval", "reader", str(squad), home=False)
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
    assert sum(shape["blame"].values()) == pytest.approx(1 - shape["metrics"]["F1"]["value"], abs=1e-12)
    assert shape["offset_violations"] == 0
    assert "offsets" in carrel.text("eval", "pipeline", str(squad))


def test_what_is_no_dataset_is_named(carrel: Command, tmp_path: Path) -> None:
    outcome = carrel.run("eval", "retrieval", str(tmp_path / "nothing"))
    assert (outcome.code, outcome.out) == (2, "")
    assert "BEIR" in outcome.err
