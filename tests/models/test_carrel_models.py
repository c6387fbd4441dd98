"""What `carrel-models` keeps is what the shipped export was made of, so that adapting it goes on where it ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from carrel import Platform
from carrel.errors import ModelError
from carrel.eval.standby_questions import standby_questions
from carrel.models.locate import trainable_models
from carrel.models.sentence_encoder import load_encoder
from carrel.models.span_reader import load_span_model
from carrel.readers import SpanReader
from carrel.settings import ModelSettings, Settings

pytest.importorskip("transformers")

WEIGHTS = Path(__file__).parents[2] / "carrel-models" / "carrel_models" / "weights" / "reader" / "run"


def test_the_kept_weights_read_as_the_shipped_reader_does() -> None:
    exported, kept = load_span_model("carrel-reader"), load_span_model(WEIGHTS)
    asked = standby_questions(60).questions
    same, apart = 0, 0.0
    for question in asked:
        (ours,), (theirs,) = (
            model.read(question.question, [question.context], count=1)[0] for model in (exported, kept)
        )
        same += ours.overlaps(theirs)
        apart += abs(ours.score - theirs.score)
    # Quantization costs 58 of 60 and .4; the weights of another training run were at 50 of 60 and 2.4.
    assert same >= 0.9 * len(asked)
    assert apart / len(asked) < 1
    assert (kept.manifest.max_tokens, kept.manifest.stride) == (exported.manifest.max_tokens, exported.manifest.stride)


def test_installed_it_is_found_by_the_name_of_the_export() -> None:
    pytest.importorskip("carrel_models")
    found = trainable_models()["carrel-reader"]
    assert found.parts[-4:] == WEIGHTS.parts[-4:]
    assert load_span_model("carrel-reader", backend="torch-fp32").manifest.backend == "torch"


def test_a_backend_of_torch_runs_both_models_that_ship_and_has_no_calibration_of_the_exports(tmp_path: Path) -> None:
    pytest.importorskip("carrel_models")
    text = "The bridge over the Lune was opened in 1884 by the mayor of Lancaster."
    (tmp_path / "bridge.txt").write_text(text, encoding="utf-8")
    models = ModelSettings(backend="torch-fp32")
    with Platform(tmp_path / "home", settings=Settings(models=models)) as desk:
        desk.index([tmp_path / "bridge.txt"])
        result = desk.ask("When was the bridge opened?")
        assert desk.encoder.fingerprint != load_encoder().fingerprint
    assert result.answers[0].text == "1884"
    assert result.answers[0].confidence is None
    with pytest.raises(ModelError, match="carrel adapt confidence"):
        SpanReader(backend="torch-fp32").risk_limit(0.1)
