"""The check of the GPU: one clear line where there is none; its parts run on the CPU too."""

from __future__ import annotations

from pathlib import Path

import pytest

from carrel.eval.bench.gpu import (
    encoder_throughput,
    faiss_search,
    faiss_training,
    reader_throughput,
    training_encoder,
    training_reader,
)
from tests.cli.commands import Command
from tests.models import tiny

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")


def test_without_cuda_it_fails_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What a machine without a GPU says, whether or not this one has one.
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    outcome = Command(tmp_path).run("bench", "gpu", home=False)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert "finds no CUDA on this machine" in outcome.err


def test_training_is_timed_step_by_step(tmp_path: Path) -> None:
    reader = tiny.save_bert(tmp_path / "reader", head="BertModel")
    encoder = tiny.save_encoder(tmp_path / "tiny")
    rows = training_reader(reader, tmp_path / "r", ("cpu",), 4) + training_encoder(encoder, tmp_path / "e", ("cpu",), 3)
    assert [row["system"] for row in rows] == ["cpu, bf16", "cpu, bf16"]
    assert all(row["per_second"] > 0 for row in rows)


def test_throughput_is_of_every_backend(tmp_path: Path) -> None:
    encoder, reader = tiny.save_encoder(tmp_path / "tiny"), tiny.save_bert(tmp_path / "reader")
    assert [row["system"] for row in encoder_throughput(encoder, ("torch-fp32", "torch-bf16"), 20)] == [
        "torch-fp32",
        "torch-bf16",
    ]
    (row,) = reader_throughput(reader, ("torch-fp32",), 20)
    assert row["per_second"] > 0


def test_faiss_says_when_it_has_no_gpu() -> None:
    for rows in (faiss_training(2000, 16), faiss_search(2000, 16, 8)):
        assert rows[0]["system"] == "faiss on the CPU"
        assert rows[0]["per_second"] > 0
        assert "GPU" in rows[1]["system"]
