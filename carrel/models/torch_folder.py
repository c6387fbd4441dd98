"""Folders in the layout of transformers and sentence-transformers, checked before torch is loaded.

Without the checks, a folder without the layers that are needed loads with random ones, and says so in a log at most.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from carrel.errors import ModelError
from carrel.models.manifest import FileRecord, record_files

_WEIGHTS = ("*.safetensors", "*/*.safetensors", "pytorch_model*.bin")
_TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
_SETTINGS = (
    "config.json",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "*/config.json",
)


def read_config(folder: Path) -> dict[str, Any]:
    """Return `config.json` of a folder that has weights and a tokenizer too.

    Raises:
        ModelError: one of the three is missing, or the configuration is no JSON object.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise ModelError(f"{folder} holds no model: there is neither carrel.json nor config.json in it")
    for patterns, what in ((_WEIGHTS, "weights"), (_TOKENIZERS, "tokenizer")):
        if not _matching(folder, patterns):
            raise ModelError(
                f"{folder} holds no {what} (there is no {', '.join(patterns)}); save or download the model again"
            )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelError(f"{path} is not JSON: {error}; save or download the model again") from error
    if not isinstance(config, dict):
        raise ModelError(f"{path} is not a JSON object; save or download the model again")
    return config


def task_head(config: dict[str, Any]) -> str | None:
    """Return the class that the weights were saved from if it has a head for a task (BertForQuestionAnswering)."""
    for name in config.get("architectures") or ():
        if "For" in name and not name.endswith(("ForMaskedLM", "ForPreTraining")):
            return str(name)
    return None


@contextmanager
def load_errors(folder: Path) -> Iterator[None]:
    """Turn what transformers and safetensors raise for files that they cannot use into a `ModelError`."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"The model in {folder} cannot be loaded: {reason}; save or download it again") from error


def hash_folder(folder: Path) -> dict[str, FileRecord]:
    """Hash the files that decide what the model returns."""
    return record_files(folder, _matching(folder, (*_WEIGHTS, *_TOKENIZERS, *_SETTINGS)))


def _matching(folder: Path, patterns: Sequence[str]) -> list[str]:
    found = {path.relative_to(folder).as_posix() for pattern in patterns for path in folder.glob(pattern)}
    return sorted(found)
