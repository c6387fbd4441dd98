import builtins
import os

import pytest

from carrel.errors import MissingExtraError, ModelError
from carrel.models.locate import find_model, packaged_models


@pytest.fixture
def empty_hub_cache(tmp_path, monkeypatch):
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_the_encoder_ships_with_the_package():
    assert find_model("carrel-encoder") == packaged_models()["carrel-encoder"]
    assert (find_model("carrel-encoder") / "model.onnx").is_file()


def test_a_folder_is_taken_as_it_is(tmp_path):
    assert find_model(tmp_path) == tmp_path
    assert find_model(str(tmp_path)) == tmp_path


def test_a_name_that_is_nothing_lists_what_there_is():
    with pytest.raises(ModelError, match=r"no model 'carrel-encodr'.*carrel-encoder.*owner/name"):
        find_model("carrel-encodr")


def test_a_path_object_is_never_taken_for_a_hub_name(tmp_path):
    with pytest.raises(ModelError, match="neither a folder"):
        find_model(tmp_path / "owner")


def test_offline_a_hub_model_that_is_not_cached_is_a_clear_error(empty_hub_cache):
    with pytest.raises(ModelError, match=r"'deepset/roberta-base-squad2' is not in the local cache.*offline"):
        find_model("deepset/roberta-base-squad2", offline=True)


def test_the_hub_variable_for_offline_is_respected(empty_hub_cache, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="offline"):
        find_model("deepset/roberta-base-squad2")


def test_offline_a_cached_hub_model_is_found(empty_hub_cache):
    commit = "0" * 40
    snapshot = empty_hub_cache / "models--somebody--model" / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    refs = empty_hub_cache / "models--somebody--model" / "refs"
    refs.mkdir()
    (refs / "main").write_text(commit)
    assert find_model("somebody/model", offline=True).resolve() == snapshot.resolve()
    assert find_model(f"somebody/model@{commit}", offline=True).resolve() == snapshot.resolve()


def test_a_hub_name_without_the_extra_names_the_extra(monkeypatch):
    real = builtins.__import__

    def without_hub(name, *rest):
        if name.startswith("huggingface_hub"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_hub)
    with pytest.raises(MissingExtraError, match=r"carrel\[torch\]"):
        find_model("deepset/roberta-base-squad2")


def test_finding_a_packaged_model_does_not_depend_on_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkdir("carrel-encoder")  # noqa: PTH102
    assert find_model("carrel-encoder") == packaged_models()["carrel-encoder"]
