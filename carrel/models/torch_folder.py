"""Folders in the layout of transformers and sentence-transformers, checked before torch is loaded.

Without the checks, a folder without the layers that are needed loads with random ones, and says so in a log at most.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carrel.errors import MissingExtraError, ModelError
from carrel.models.manifest import FileRecord, record_files

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

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


def load_task_model(folder: Path, *, head: str, task: str, advice: str) -> tuple[PreTrainedModel, Tokenizer]:
    """Load a folder through transformers, after checking that its weights were saved from a class with this head.

    `head` is the end of the class's name (ForQuestionAnswering), `task` what such a model is, for people.

    Raises:
        ModelError: the folder holds another model, lacks layers, or has a tokenizer without character offsets.
        MissingExtraError: torch or transformers is not installed.
    """
    config = read_config(folder)
    found = task_head(config)
    if found is None or not found.endswith(head):
        held = found or ", ".join(config.get("architectures") or ()) or "a model that does not name its class"
        raise ModelError(f"{folder} holds {held}, not {task} (...{head}); {advice}")
    try:
        import transformers
    except ImportError as error:
        raise MissingExtraError(f"The model in {folder}", "torch") from error
    options = {"local_files_only": True, "trust_remote_code": False}
    with load_errors(folder):
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **options)
        automatic = getattr(transformers, f"AutoModel{head}")
        model, report = automatic.from_pretrained(folder, output_loading_info=True, **options)
    if report["missing_keys"]:
        missing = ", ".join(sorted(report["missing_keys"])[:3])
        raise ModelError(
            f"The weights in {folder} lack layers of a {found}: {missing}; save or download the model again"
        )
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ModelError(f"The tokenizer in {folder} keeps no character offsets; the model needs a tokenizer.json")
    model.train(mode=False)
    return model, backend


@contextmanager
def without_bars() -> Iterator[None]:
    """Keep transformers from drawing progress bars of its own, which it does into files too."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


@contextmanager
def load_errors(folder: Path) -> Iterator[None]:
    """Turn what transformers and safetensors raise for files that they cannot use into a `ModelError`."""
    from safetensors import SafetensorError

    try:
        with without_bars():
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
