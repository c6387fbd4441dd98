"""carrel adapt as it is called: refusing is a normal outcome, bad input is one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carrel.datasets import SquadSet
from tests.cli.commands import Command
from tests.eval.files import write_squad
from tests.models import tiny
from tests.platform.rivers import articles

pytest.importorskip("accelerate")


@pytest.fixture(scope="module")
def carrel(tmp_path_factory: pytest.TempPathFactory) -> Command:
    folder = tmp_path_factory.mktemp("rivers")
    for article in articles():
        (folder / f"{article.title}.txt").write_text(article.text, encoding="utf-8")
    command = Command(tmp_path_factory.mktemp("home"))
    command.json("index", str(folder))
    return command


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_squad(tmp_path_factory.mktemp("labels") / "rivers.json", SquadSet("rivers", tuple(articles())))


def test_a_model_that_is_not_better_is_refused_with_exit_code_0(carrel: Command, tmp_path: Path) -> None:
    base = tiny.save_encoder(tmp_path / "tiny")
    shown = carrel.text("adapt", "encoder", "--base", str(base), "--device", "cpu")
    assert "not proven better on held-out documents: the collection keeps its own" in " ".join(shown.split())
    assert "difference" in shown
    receipt = json.loads((carrel.home / "models" / "default" / "encoder-1" / "receipt.json").read_text())
    assert receipt["adopted"] is False
    assert carrel.json("status")["models"]["encoder"] == receipt["baseline"]


def test_the_receipt_is_the_json(carrel: Command, labels: Path, tmp_path: Path) -> None:
    base = tiny.save_bert(tmp_path / "tiny", head="BertModel")
    made = carrel.json(
        "adapt", "reader", "--labels", str(labels), "--base", str(base), "--epochs", "1", "--device", "cpu"
    )
    assert made["what"] == "reader"
    assert set(made["lines"]) == {"given its text", "collection"}
    assert made["adopted"] is False
    assert made["held_out_documents"] == 2


def test_without_labels_that_judge_it_says_at_once_that_the_reader_is_not_used(carrel: Command, tmp_path: Path) -> None:
    outcome = carrel.run("adapt", "reader", "--base", str(tiny.save_bert(tmp_path / "tiny")), "--device", "cpu")
    notice, *_, refusal = outcome.err.splitlines()
    assert "no labels that judge (--judge)" in notice
    # These texts state nothing of a subject that two of them share.
    assert (outcome.code, outcome.out) == (2, "")
    assert "There are 0 questions to learn from" in refusal


def test_confidence_is_calibrated_on_labels(carrel: Command, labels: Path) -> None:
    made = carrel.json("adapt", "confidence", str(labels))
    assert "rivers" in made["basis"]
    assert "rivers" in carrel.json("ask", "Which river does Paris stand on?")["answers"][0]["confidence_basis"]
    (carrel.home / "carrel.toml").unlink()


def test_wrong_labels_are_listed_and_nothing_is_trained(carrel: Command, labels: Path, tmp_path: Path) -> None:
    data = json.loads(labels.read_text(encoding="utf-8"))
    data["data"][0]["paragraphs"][0]["qas"][0]["answers"][0]["answer_start"] += 1
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(data), encoding="utf-8")
    for kind in ("encoder", "reader"):
        before = set((carrel.home / "models").rglob("*"))
        outcome = carrel.run("adapt", kind, "--labels", str(wrong), "--base", str(tmp_path))
        assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1), outcome
        assert "Warsaw-0" in outcome.err
        assert set((carrel.home / "models").rglob("*")) == before
