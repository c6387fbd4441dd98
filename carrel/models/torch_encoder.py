"""Sentence encoders on torch: any folder that sentence-transformers can load, with its own pooling and prompts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from carrel.errors import MissingExtraError, ModelError
from carrel.models.loading import LoadedModel
from carrel.models.manifest import EncoderManifest
from carrel.models.torch_backend import TorchBackend
from carrel.models.torch_folder import hash_folder, load_errors, read_config, task_head
from carrel.models.torch_runtime import TorchRuntime, training_device

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer


def load_torch_encoder(folder: Path, name: str, runtime: TorchRuntime) -> LoadedModel[EncoderManifest]:
    """Load the encoder in `folder`, called `name` in its fingerprint.

    Raises:
        ModelError: the folder holds no sentence encoder.
        MissingExtraError: torch or sentence-transformers is not installed.
    """
    model = load_sentence_transformer(folder, runtime.device)
    runtime.placed(model)

    def network(batch: Mapping[str, torch.Tensor]) -> tuple[torch.Tensor]:
        from torch.nn.functional import normalize

        vectors = model(dict(batch))["sentence_embedding"].float()
        return (normalize(vectors, dim=-1),)

    backend = TorchBackend(network, str(model.device), pad_id=model.tokenizer.pad_token_id or 0)
    manifest = describe_encoder(folder, model, name=name).run_on(runtime.backend, runtime.precision)
    return LoadedModel(manifest, backend, model.tokenizer.backend_tokenizer)


def load_sentence_transformer(folder: Path, device: str | None = None) -> SentenceTransformer:
    """Load a folder through sentence-transformers, after checking that it holds an encoder.

    Raises:
        ModelError, MissingExtraError: as `load_torch_encoder`.
    """
    head = task_head(read_config(folder))
    if head is not None:
        raise ModelError(f"{folder} holds a {head}, not a sentence encoder; name an encoder such as carrel-encoder")
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise MissingExtraError(f"The encoder in {folder}", "torch") from error
    chosen = training_device(device)
    with load_errors(folder):
        model = SentenceTransformer(str(folder), device=chosen, local_files_only=True, trust_remote_code=False)
    model.train(mode=False)
    return model


def describe_encoder(folder: Path, model: SentenceTransformer, *, name: str) -> EncoderManifest:
    """Return the manifest of an encoder that has none: its pooling, lengths, prompts and the hashes of its files."""
    prompts = model.prompts or {}
    return EncoderManifest(
        name=name,
        backend="torch",
        precision="float32",
        weights=".",
        max_tokens=model.max_seq_length or 512,
        files=hash_folder(folder),
        dimensions=model.get_embedding_dimension() or 0,
        pooling=_pooling(model),
        query_prompt=prompts.get("query") or "",
        passage_prompt=prompts.get("document") or prompts.get("passage") or "",
    )


def _pooling(model: SentenceTransformer) -> str:
    modes = [str(module.pooling_mode) for module in model if hasattr(module, "pooling_mode")]
    return "+".join(modes) or "none"
