"""Every form of a model is exported and measured, and the trade-off drawn on a page that loads nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carrel.eval.standby_questions import standby_questions
from carrel.models.manifest import ReaderManifest, read_manifest
from tests.cli.commands import Command
from tests.models import tiny

pytest.importorskip("sentence_transformers")

FORMS = ["torch-fp32", "torch-bf16", "onnx float32", "onnx int8"]
MODELS = {"reader": tiny.save_bert, "encoder": tiny.save_encoder, "pair": tiny.save_pair}


@pytest.fixture
def carrel(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


@pytest.mark.parametrize("kind", MODELS)
def test_every_form_is_measured_beside_the_original(carrel: Command, tmp_path: Path, kind: str) -> None:
    model, out = MODELS[kind](tmp_path / "model"), tmp_path / "out"
    made = carrel.json(
        "optimize", str(model), "--out", str(out), "--limit", "12", "--calls", "4", "--rounds", "2", home=False
    )
    forms = {form["name"]: form for form in made["forms"]}
    assert list(forms)[:2] == FORMS[:2]
    assert set(FORMS) <= set(forms)
    assert forms["torch-fp32"]["agreement"] == pytest.approx(1, abs=1e-6)
    assert forms["onnx float32"]["agreement"] == pytest.approx(1, abs=1e-3)
    assert forms["onnx int8"]["size"] < forms["onnx float32"]["size"]
    assert forms["torch-bf16"]["size"] * 2 == forms["torch-fp32"]["size"]
    assert len({form["fingerprint"] for form in forms.values()}) == len(forms)
    for form in forms.values():
        assert form["calls"] == 8
        assert form["mean"] > 0
        assert form["deviation"] >= 0
        assert 0 <= form["quality"] <= 1
    assert json.loads((out / "optimization.json").read_text(encoding="utf-8"))["forms"] == made["forms"]
    page = (out / "tradeoff.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "http://" not in page
    assert "https://" not in page
    assert all(name in page for name in forms)
    if kind == "reader":
        assert read_manifest(out / "int8", ReaderManifest).precision == "int8"


def test_the_table_is_for_people(carrel: Command, tmp_path: Path) -> None:
    model, out = tiny.save_bert(tmp_path / "model"), tmp_path / "out"
    shown = carrel.text(
        "optimize", str(model), "--out", str(out), "--limit", "4", "--calls", "2", "--rounds", "1", home=False
    )
    assert all(name in shown for name in FORMS)
    assert "p95 ms" in shown


def test_a_model_that_is_not_there_is_one_line(carrel: Command, tmp_path: Path) -> None:
    outcome = carrel.run("optimize", str(tmp_path / "nothing"), home=False)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert "There is no model" in outcome.err


def test_the_standby_questions_are_answered_in_their_texts() -> None:
    asked = standby_questions().questions
    assert len(asked) > 50
    for question in asked:
        (gold,) = question.answers
        assert question.context[gold.start : gold.end] == gold.text
