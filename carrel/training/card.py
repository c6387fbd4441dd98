"""Model cards: what a model is for, what it was made from and how, what was measured, and where it ends.

A card is written twice from the same fields: `recipe.json` for programs and `README.md` for people.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_TOOLS = ("torch", "transformers", "sentence-transformers", "onnx", "onnxruntime", "tokenizers", "numpy")


def _installed_versions() -> dict[str, str]:
    """Versions of the packages that decide what a training or an export makes."""
    found = {}
    for tool in _TOOLS:
        try:
            found[tool] = version(tool)
        except PackageNotFoundError:
            continue
    return found


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A file or model that went in; `role` says as what (base, training data, ...)."""

    name: str
    role: str
    licence: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured number with the data it was measured on."""

    name: str
    value: float
    data: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything a reader of the card should know; `command` makes the model again."""

    name: str
    task: str
    description: str
    licence: str
    command: str
    ingredients: tuple[Ingredient, ...]
    parameters: Mapping[str, float | str | bool]
    metrics: tuple[Metric, ...] = ()
    limits: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=_installed_versions)

    def write(self, folder: Path) -> None:
        """Write `recipe.json` and `README.md` into `folder`."""
        recipe = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (folder / "recipe.json").write_text(recipe + "\n", encoding="utf-8")
        (folder / "README.md").write_text(self.markdown(), encoding="utf-8")

    def markdown(self) -> str:
        """Return the card for people."""
        blocks = [
            f"# {self.name}",
            self.description,
            f"- Task: {self.task}\n- Licence: {self.licence}",
            "## Made from",
            _table(
                ("what", "role", "licence", "SHA-256"),
                [(i.name, i.role, i.licence, f"`{i.sha256[:16]}…`" if i.sha256 else "") for i in self.ingredients],
            ),
            "## Made by",
            f"```\n{self.command}\n```",
            _table(("parameter", "value"), [(name, str(value)) for name, value in self.parameters.items()]),
            "With " + ", ".join(f"{tool} {number}" for tool, number in self.versions.items()) + ".",
            *self.notes,
        ]
        if self.metrics:
            rows = [(metric.name, f"{metric.value:.4g}", metric.data) for metric in self.metrics]
            blocks += ["## Measured", _table(("measure", "value", "on"), rows)]
        if self.limits:
            blocks += ["## Limits", "\n".join(f"- {limit}" for limit in self.limits)]
        if self.held_out:
            blocks += ["## Articles that were never trained on", ", ".join(self.held_out)]
        return "\n\n".join(blocks) + "\n"


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
