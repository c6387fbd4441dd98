from pathlib import Path

import pytest

from tests.models import tiny


@pytest.fixture(scope="session")
def tiny_reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random reader, exported for ONNX Runtime."""
    pytest.importorskip("transformers")
    from carrel.training.export import export_reader

    folder = tmp_path_factory.mktemp("tiny-reader")
    export_reader(tiny.save_bert(folder / "trained"), folder / "exported", name="tiny-reader", precision="int8")
    return folder / "exported"
