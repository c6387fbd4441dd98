"""Weights in half precision, for keeping: what training goes on from, at half the size."""

from __future__ import annotations

import shutil
from pathlib import Path

from carrel.models.torch_folder import read_config

_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", "arguments.json")
_WEIGHTS = "model.safetensors"


def keep_in_half_precision(base: Path, out: Path) -> None:
    """Write the model in the transformers folder `base` to `out` with weights in float16; both trainers start from it.

    Raises:
        ModelError: `base` holds no model.
    """
    import torch
    from safetensors.torch import load_file, save_file

    read_config(base)
    out.mkdir(parents=True, exist_ok=True)
    weights = load_file(base / _WEIGHTS)
    halved = {name: value.half() if value.dtype == torch.float32 else value for name, value in weights.items()}
    save_file(halved, out / _WEIGHTS, metadata={"format": "pt"})
    for name in _FILES:
        if (base / name).is_file():
            shutil.copyfile(base / name, out / name)
