"""Pair scorers on torch: any folder saved from one of transformers' sequence classification classes with one label."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from carrel.errors import ModelError
from carrel.models.loading import LoadedModel
from carrel.models.manifest import PairManifest
from carrel.models.torch_backend import TorchBackend
from carrel.models.torch_folder import hash_folder, load_task_model, read_config
from carrel.models.torch_reader import input_names, position_limit
from carrel.models.torch_runtime import TorchRuntime

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

_HEAD = "ForSequenceClassification"


def load_torch_pair(folder: Path, name: str, runtime: TorchRuntime) -> LoadedModel[PairManifest]:
    """Load the pair scorer in `folder`, called `name` in its fingerprint.

    Raises:
        ModelError: the folder holds no pair scorer.
        MissingExtraError: torch or transformers is not installed.
    """
    model, tokenizer = load_sequence_classification(folder)
    runtime.placed(model)
    accepted = input_names(model)

    def network(batch: Mapping[str, torch.Tensor]) -> tuple[torch.Tensor]:
        return (model(**{name: batch[name] for name in accepted}).logits[:, 0],)

    backend = TorchBackend(network, runtime.device, pad_id=model.config.pad_token_id or 0)
    manifest = describe_pair(folder, model, name=name).run_on(runtime.backend, runtime.precision)
    return LoadedModel(manifest, backend, tokenizer)


def load_sequence_classification(folder: Path) -> tuple[PreTrainedModel, Tokenizer]:
    """Load a folder through transformers, after checking that it holds a model that gives pairs one number.

    Raises:
        ModelError, MissingExtraError: as `load_torch_pair`.
    """
    labels = len(read_config(folder).get("id2label") or (0, 1))
    model, tokenizer = load_task_model(
        folder, head=_HEAD, task="a pair scorer", advice="name a cross-encoder with one output"
    )
    if labels != 1:
        raise ModelError(
            f"{folder} holds a classifier with {labels} labels; a pair scorer has one output: name another model"
        )
    return model, tokenizer


def describe_pair(folder: Path, model: PreTrainedModel, *, name: str) -> PairManifest:
    """Return the manifest of a pair scorer that has none."""
    return PairManifest(
        name=name,
        backend="torch",
        precision="float32",
        weights=".",
        files=hash_folder(folder),
        max_tokens=min(position_limit(model), 512),
    )
