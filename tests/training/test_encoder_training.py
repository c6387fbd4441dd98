"""Training a tiny encoder for real, by sentence-transformers' trainer."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from carrel.errors import ModelError
from carrel.models.sentence_encoder import load_encoder
from carrel.training.encoder import EncoderArguments, TrainingPair, train_encoder
from tests.models import tiny

pytest.importorskip("accelerate")

ASKED = ["a small desk", "quiet places", "the tower", "the river"]
PAIRS = [
    TrainingPair(query, text, (tiny.TEXTS[i - 1],))
    for i, (query, text) in enumerate(zip(ASKED, tiny.TEXTS, strict=True))
]
ARGUMENTS = EncoderArguments(epochs=150, batch_size=4, learning_rate=5e-3, max_tokens=32, precision="fp32")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.save_encoder(tmp_path_factory.mktemp("encoder"))


def margin(folder: Path) -> float:
    """Return how much closer the queries are to their own texts than to the others."""
    encoder = load_encoder(folder, device="cpu")
    queries = np.stack([encoder.encode_query(query) for query in ASKED])
    cosines = queries @ encoder.encode(tiny.TEXTS).T
    return float(np.diag(cosines).mean() - cosines[~np.eye(4, dtype=bool)].mean())


@pytest.mark.parametrize("mini_batch_size", [0, 2])
def test_it_learns_which_passage_belongs_to_a_query(base: Path, tmp_path: Path, mini_batch_size: int) -> None:
    steps = []
    arguments = dataclasses.replace(ARGUMENTS, mini_batch_size=mini_batch_size)
    train_encoder(base, PAIRS, tmp_path, arguments, lambda done, total: steps.append((done, total)), device="cpu")
    assert steps[-1] == (150, 150)
    assert margin(tmp_path) > margin(base) + 0.1


def test_nothing_is_drawn_or_printed(base: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    arguments = dataclasses.replace(ARGUMENTS, epochs=1)
    train_encoder(base, PAIRS, tmp_path, arguments, lambda *_: None, device="cpu")
    assert "".join(capfd.readouterr()) == ""


def test_a_pair_is_not_enough(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nothing to train on"):
        train_encoder(base, PAIRS[:1], tmp_path, ARGUMENTS, lambda *_: None)
