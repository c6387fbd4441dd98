"""carrel train, on tiny models and little files: what it leaves behind, and one line for what cannot be used."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from carrel.datasets import SquadSet
from carrel.models.sentence_encoder import load_encoder
from tests.cli.commands import Command
from tests.eval.files import write_squad
from tests.models import tiny
from tests.platform.rivers import articles

pytest.importorskip("accelerate")

SMALL = ("--batch-size", "4", "--max-tokens", "48", "--precision", "fp32", "--hold-out", "2", "--device", "cpu")


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_squad(tmp_path_factory.mktemp("labels") / "rivers.json", SquadSet("rivers", tuple(articles())))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.save_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture
def carrel(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def test_an_encoder_is_trained_exported_and_described(
    carrel: Command, labels: Path, base: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = ("train", "encoder", str(labels), "--out", str(out), "--base", str(base), "--epochs", "2", *SMALL)
    first = carrel.json(*arguments, home=False)
    assert {"MRR", "MRR of the base"} <= first["metrics"].keys()
    card = json.loads((out / "recipe.json").read_text(encoding="utf-8"))
    assert len(card["held_out"]) == 2
    assert card["parameters"]["negatives"] == 1
    assert not (out / "run" / "checkpoints").exists()
    trained = load_encoder(out).encode(tiny.TEXTS)
    assert not np.allclose(trained, load_encoder(base, device="cpu").encode(tiny.TEXTS), atol=1e-3)
    # What is there is not trained again; another recipe does not take its place.
    made = (out / "run" / "model.safetensors").stat().st_mtime_ns
    assert carrel.json(*arguments, home=False)["metrics"] == first["metrics"]
    assert (out / "run" / "model.safetensors").stat().st_mtime_ns == made
    refused = carrel.run(*arguments, "--seed", "7", home=False)
    assert refused.code == 2
    assert "another recipe" in refused.err


def test_an_encoder_learns_from_a_judged_collection_too(carrel: Command, base: Path, tmp_path: Path) -> None:
    folder = tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": f"d{i}", "title": "", "text": text} for i, text in enumerate(tiny.TEXTS)]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    asked = ["desk", "quiet", "tower", "river"]
    queries = [{"_id": f"q{i}", "text": text} for i, text in enumerate(asked)]
    (folder / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in queries), encoding="utf-8")
    judged = "".join(f"q{i}\td{i}\t1\n" for i in range(4))
    (folder / "qrels" / "train.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}", encoding="utf-8")
    made = carrel.json(
        "train", "encoder", str(folder), "--out", str(tmp_path / "out"), "--base", str(base), *SMALL, home=False
    )
    assert 0 < made["metrics"]["MRR"] <= 1


def test_recipes_are_tried_and_the_best_is_trained(carrel: Command, labels: Path, tmp_path: Path) -> None:
    pytest.importorskip("carrel_models")
    out = tmp_path / "reader"
    arguments = ("train", "reader", str(labels), "--out", str(out), "--base", "carrel-reader", *SMALL)
    arguments = (*arguments, "--stride", "8", "--learning-rate", "1e-5")
    searched = ("--trials", "2", "--trial-questions", "12")
    shape = carrel.json(*arguments, *searched, home=False)
    assert [one["learning_rate"] == 1e-5 for one in shape["trials"]] == [True, False]
    best = max(shape["trials"], key=lambda one: one["f1"])
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "the best of 2 trials" in card
    assert f"--learning-rate {best['learning_rate']}" in card
    assert "trial 1 of" not in (said := carrel.run(*arguments, *searched, home=False)).err
    assert said.out.startswith("learning rate")


def no_tokenizer(base: Path, folder: Path) -> Path:
    shutil.copytree(base, folder)
    for path in folder.glob("*token*"):
        path.unlink()
    return folder


def test_a_folder_without_tokenizer_is_one_line(carrel: Command, labels: Path, base: Path, tmp_path: Path) -> None:
    bare = no_tokenizer(base, tmp_path / "bare")
    for kind in ("reader", "encoder"):
        outcome = carrel.run(
            "train",
            kind,
            str(labels),
            "--out",
            str(tmp_path / kind),
            "--base",
            str(bare),
            "--hold-out",
            "2",
            home=False,
        )
        assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1), outcome
        assert "no tokenizer" in outcome.err


def test_weights_of_another_architecture_are_one_line(carrel: Command, labels: Path, tmp_path: Path) -> None:
    other = tiny.save_bert(tmp_path / "reader", head="BertForQuestionAnswering")
    outcome = carrel.run(
        "train", "encoder", str(labels), "--out", str(tmp_path / "out"), "--base", str(other), *SMALL, home=False
    )
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1), outcome
    assert "BertForQuestionAnswering, not a sentence encoder" in outcome.err


def test_a_hub_name_while_offline_is_one_line(
    carrel: Command, labels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for kind in ("reader", "encoder"):
        outcome = carrel.run(
            "train",
            kind,
            str(labels),
            "--out",
            str(tmp_path),
            "--base",
            "nobody/nothing",
            "--hold-out",
            "2",
            home=False,
        )
        assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1), outcome
        assert "not in the local cache" in outcome.err


def test_labels_at_wrong_offsets_are_counted_listed_and_not_trained_on(
    carrel: Command, labels: Path, base: Path, tmp_path: Path
) -> None:
    data = json.loads(labels.read_text(encoding="utf-8"))
    data["data"][0]["paragraphs"][0]["qas"][0]["answers"][0]["answer_start"] += 1
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(data), encoding="utf-8")
    out = tmp_path / "out"
    arguments = ("train", "encoder", str(wrong), "--out", str(out), "--base", str(base), *SMALL)
    outcome = carrel.run(*arguments, home=False)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1), outcome
    assert "1 answers that are not at their offsets" in outcome.err
    assert "Warsaw-0" in outcome.err
    carrel.json(*arguments, "--on-bad", "skip", home=False)
    assert "1 bad entries of the training data were left out" in (out / "README.md").read_text(encoding="utf-8")
