"""A collection's own models are named in carrel.toml, which keeps everything else that stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from carrel.errors import SettingsError
from carrel.platform.own_models import name_own, own_folder
from carrel.settings import Settings


def test_the_named_model_is_the_collections_and_no_other_ones(tmp_path: Path) -> None:
    file = tmp_path / "carrel.toml"
    file.write_text("# mine\n[search]\ntop_k = 7  # not ten\n", encoding="utf-8")
    folder = own_folder(tmp_path, "notes", "encoder")
    folder.mkdir(parents=True)
    name_own(tmp_path, "notes", "encoder", folder)
    assert "# mine" in file.read_text(encoding="utf-8")
    assert "top_k = 7  # not ten" in file.read_text(encoding="utf-8")
    settings = Settings.load(tmp_path)
    assert settings.for_collection("notes", tmp_path).models.encoder == str(folder)
    assert settings.for_collection("other", tmp_path).models.encoder == "carrel-encoder"
    assert settings.for_collection("notes", tmp_path).search.top_k == 7


def test_a_second_model_stands_beside_the_first(tmp_path: Path) -> None:
    name_own(tmp_path, "notes", "encoder", tmp_path / "a")
    name_own(tmp_path, "notes", "reader", Path("/elsewhere/reader"))
    name_own(tmp_path, "notes", "encoder", tmp_path / "b")
    own = Settings.load(tmp_path).collections["notes"]
    assert (own.encoder, own.reader) == ("b", "/elsewhere/reader")


def test_another_reader_does_not_keep_a_calibration_of_the_first(tmp_path: Path) -> None:
    (tmp_path / "carrel.toml").write_text(
        '[ask]\nconfidence = "mine.json"\n[collections.notes]\nreader = "r"\n', encoding="utf-8"
    )
    settings = Settings.load(tmp_path)
    assert settings.for_collection("notes", tmp_path).ask.confidence is None
    assert settings.for_collection("other", tmp_path).ask.confidence == "mine.json"


def test_a_file_that_is_no_toml_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "carrel.toml").write_text("[broken", encoding="utf-8")
    with pytest.raises(SettingsError, match="not TOML"):
        name_own(tmp_path, "notes", "encoder", tmp_path / "a")
    assert (tmp_path / "carrel.toml").read_text(encoding="utf-8") == "[broken"
