"""What made the model in the folder of a run: written beside it, so that no model is taken for another recipe's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from carrel.errors import UserError

IDENTITY = "identity.json"


def holds_model_of(run: Path, wanted: Mapping[str, object], found: Mapping[str, object] | None = None) -> bool:
    """Tell whether a run is finished with the model that `wanted` describes; `found` is what the run recorded.

    Raises:
        UserError: it holds another model.
    """
    if not (run / "model.safetensors").is_file():
        return False
    recorded = json.loads((run / IDENTITY).read_text(encoding="utf-8")) if found is None else found
    different = sorted(key for key in wanted.keys() | recorded.keys() if recorded.get(key) != wanted.get(key))
    if different:
        raise UserError(
            f"{run} holds a model that was made by another recipe ({', '.join(different)} differ): remove it, or name "
            "another folder with --out"
        )
    return True


def record_identity(run: Path, identity: Mapping[str, object]) -> None:
    """Write what made the model of a finished run beside it."""
    (run / IDENTITY).write_text(json.dumps(identity, indent=2) + "\n", encoding="utf-8")
