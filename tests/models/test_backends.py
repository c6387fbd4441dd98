"""The backend is a setting, part of the fingerprint, and never another one than was asked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from carrel.errors import ModelError
from carrel.models.manifest import MANIFEST
from carrel.models.sentence_encoder import load_encoder
from carrel.models.span_reader import load_span_model
from carrel.settings import BackendName
from tests.models import tiny

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

QUESTION = "Who built the tower?"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder's export with the weights that it was made of beside it."""
    from carrel.training.export import export_encoder

    folder = tmp_path_factory.mktemp("exported")
    shutil.copytree(tiny.save_encoder(tmp_path_factory.mktemp("encoder")), folder / "run")
    export_encoder(folder / "run", folder, name="e", precision="float32")
    return folder


def test_every_backend_has_its_own_fingerprint_and_much_the_same_vectors(exported: Path) -> None:
    default = load_encoder(exported)
    assert default.manifest.backend == "onnxruntime"
    assert load_encoder(exported, backend="onnx").fingerprint == default.fingerprint
    prints = {default.fingerprint}
    backends: tuple[tuple[BackendName, str], ...] = (("torch-fp32", "float32"), ("torch-bf16", "bfloat16"))
    for backend, precision in backends:
        encoder = load_encoder(exported, backend=backend)
        assert (encoder.manifest.backend, encoder.manifest.precision) == ("torch", precision)
        cosines = np.sum(encoder.encode(tiny.TEXTS) * default.encode(tiny.TEXTS), axis=1)
        assert cosines.min() > (0.9999 if precision == "float32" else 0.98)
        prints.add(encoder.fingerprint)
    assert len(prints) == 3


def test_a_reader_in_half_precision_reads_much_the_same(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path / "reader")
    exact, half = load_span_model(folder), load_span_model(folder, backend="torch-bf16")
    assert exact.fingerprint != half.fingerprint
    for passage in tiny.TEXTS:
        ours, theirs = (model.read(QUESTION, [passage], count=1)[0][0].score for model in (half, exact))
        assert ours == pytest.approx(theirs, rel=0.1, abs=0.3)


def test_a_backend_that_cannot_run_what_is_there_is_an_error_and_no_other_one(exported: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="carrel optimize"):
        load_encoder(exported / "run", backend="onnx")
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in (MANIFEST, "model.onnx", "tokenizer.json"):
        shutil.copy(exported / name, bare / name)
    with pytest.raises(ModelError, match="weights that the backend torch-bf16 needs are not here"):
        load_encoder(bare, backend="torch-bf16")


def test_cuda_gives_much_the_same_vectors_or_where_there_is_none_one_clear_line(exported: Path) -> None:
    default = load_encoder(exported).encode(tiny.TEXTS)
    backends: tuple[BackendName, ...] = ("cuda-fp32", "cuda-fp16", "cuda-bf16")
    for backend in backends:
        if not torch.cuda.is_available():
            with pytest.raises(ModelError, match="cannot use the device 'cuda'"):
                load_encoder(exported, backend=backend)
            continue
        encoder = load_encoder(exported, backend=backend)
        assert encoder.manifest.backend == "torch-cuda"
        assert np.sum(encoder.encode(tiny.TEXTS) * default, axis=1).min() > 0.98
