"""Span readers on torch: any folder saved from one of transformers' question answering classes."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carrel.models.backend import INPUT_NAMES
from carrel.models.loading import LoadedModel
from carrel.models.manifest import ReaderManifest
from carrel.models.torch_backend import TorchBackend
from carrel.models.torch_folder import hash_folder, load_task_model
from carrel.models.torch_runtime import TorchRuntime

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

_DEFAULT_TOKENS = 384
_DEFAULT_STRIDE = 128


def load_torch_reader(folder: Path, name: str, runtime: TorchRuntime) -> LoadedModel[ReaderManifest]:
    """Load the reader in `folder`, called `name` in its fingerprint.

    Raises:
        ModelError: the folder holds no span reader.
        MissingExtraError: torch or transformers is not installed.
    """
    model, tokenizer = load_question_answering(folder)
    runtime.placed(model)
    manifest = describe_reader(folder, model, name=name).run_on(runtime.backend, runtime.precision)
    return LoadedModel(manifest, reader_backend(model, runtime.device), tokenizer)


def reader_backend(model: PreTrainedModel, device: str) -> TorchBackend:
    """Return a backend that gives the start and end logits of a model on this device."""
    accepted = input_names(model)

    def network(batch: Mapping[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        output = model(**{name: batch[name] for name in accepted})
        return output.start_logits, output.end_logits

    return TorchBackend(network, device, pad_id=model.config.pad_token_id or 0)


def load_question_answering(folder: Path) -> tuple[PreTrainedModel, Tokenizer]:
    """Load a folder through transformers, after checking that it holds a model that marks spans.

    Raises:
        ModelError, MissingExtraError: as `load_torch_reader`.
    """
    return load_task_model(
        folder, head="ForQuestionAnswering", task="a span reader", advice="train one with 'carrel train reader'"
    )


def describe_reader(folder: Path, model: PreTrainedModel, *, name: str) -> ReaderManifest:
    """Return the manifest of a reader that has none: its lengths and the hashes of its files.

    Windows are as long as in training where `arguments.json` of `carrel train reader` says so.
    """
    limit = position_limit(model)
    arguments = _training_arguments(folder)
    return ReaderManifest(
        name=name,
        backend="torch",
        precision="float32",
        weights=".",
        files=hash_folder(folder),
        max_tokens=min(limit, arguments.get("max_tokens", _DEFAULT_TOKENS)),
        stride=arguments.get("stride", _DEFAULT_STRIDE),
    )


def input_names(model: PreTrainedModel) -> tuple[str, ...]:
    """Return which of the inputs the network takes: some architectures know no token types."""
    taken = inspect.signature(model.forward).parameters
    return tuple(name for name in INPUT_NAMES if name in taken)


def position_limit(model: PreTrainedModel) -> int:
    """Return the longest input in tokens; RoBERTa counts positions from the one after its padding."""
    limit: int = getattr(model.config, "max_position_embeddings", 512)
    embeddings = getattr(model.base_model, "embeddings", None)
    padding = getattr(getattr(embeddings, "position_embeddings", None), "padding_idx", None)
    return limit if padding is None else limit - padding - 1


def _training_arguments(folder: Path) -> dict[str, Any]:
    path = folder / "arguments.json"
    if not path.is_file():
        return {}
    arguments: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return arguments
