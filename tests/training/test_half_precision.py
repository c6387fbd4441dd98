"""Weights kept in half precision answer as before, and are trained further in full."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carrel.models.span_reader import load_span_model
from carrel.training.half_precision import keep_in_half_precision
from carrel.training.reader import train_reader
from tests.models import tiny
from tests.training.test_early_stopping import ARGUMENTS
from tests.training.test_reader_training import QUESTIONS

pytest.importorskip("torch")


def test_half_the_size_and_the_same_answers(tmp_path: Path) -> None:
    base = tiny.save_bert(tmp_path / "base")
    keep_in_half_precision(base, tmp_path / "half")
    sizes = [(tmp_path / name / "model.safetensors").stat().st_size for name in ("base", "half")]
    assert sizes[1] < 0.6 * sizes[0]
    before, after = (load_span_model(folder) for folder in (base, tmp_path / "half"))
    for text in tiny.TEXTS:
        (ours,), (theirs,) = (model.read("Who built the tower?", [text], count=1)[0] for model in (before, after))
        assert ours.score == pytest.approx(theirs.score, abs=0.05)


def test_training_goes_on_in_float32(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    keep_in_half_precision(tiny.save_bert(tmp_path / "base"), tmp_path / "half")
    train_reader(tmp_path / "half", QUESTIONS, tmp_path / "out", ARGUMENTS, lambda *_: None, device="cpu")
    weights = load_file(tmp_path / "out" / "model.safetensors")
    assert {str(value.dtype) for value in weights.values()} == {"torch.float32"}
    assert json.loads((tmp_path / "out" / "config.json").read_text())["dtype"] == "float32"
