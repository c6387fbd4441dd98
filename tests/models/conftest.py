from pathlib import Path

import pytest

from tests.models import tiny


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny random span readers of three architectures."""
    pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("tiny")
    tiny.save_bert(folder / "bert")
    tiny.save_roberta(folder / "roberta")
    tiny.save_distilbert(folder / "distilbert")
    return folder
