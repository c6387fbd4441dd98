"""`carrel.json`: what a folder of weights holds and how it is run.

The exporter writes it beside the weights with the SHA-256 and the size of every file, so that a model's fingerprint is
known without reading the weights again (a third of a second on a cold disk, at every start). Loading compares the
sizes, which finds a file that was replaced or cut short; `verify_files` reads everything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from carrel.errors import ModelError

MANIFEST = "carrel.json"
TOKENIZER = "tokenizer.json"


class ModelKind(StrEnum):
    """What a model does; every kind has one loader."""

    SENTENCE_ENCODER = "sentence-encoder"
    SPAN_READER = "span-reader"
    PAIR_SCORER = "pair-scorer"


class FileRecord(BaseModel):
    """A file of the model as it was when it was written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: int = Field(ge=1)


class Manifest(BaseModel):
    """What every kind of model says of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outputs: ClassVar[tuple[str, ...]] = ()
    """What the network returns, in this order."""

    kind: ModelKind
    name: str = Field(min_length=1)
    backend: Literal["onnxruntime", "torch", "torch-cuda"]
    precision: str = Field(min_length=1, description="Of weights and arithmetic: float32, bfloat16, int8, ...")
    weights: str = Field(default="model.onnx", description="The file that the backend loads.")
    max_tokens: int = Field(ge=8, description="Longest input, special tokens included.")
    files: dict[str, FileRecord]

    def run_on(self, backend: str, precision: str) -> Self:
        """Return the manifest of the same model, run by another backend or in another precision."""
        return self.model_copy(update={"backend": backend, "precision": precision})

    @property
    def fingerprint(self) -> str:
        """Name and hash of everything that decides the model's output: files, precision, backend, lengths."""
        content = self.model_dump(mode="json", exclude={"name", "null_threshold"})
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode())
        return f"{self.name}@{digest.hexdigest()[:16]}"


class EncoderManifest(Manifest):
    """A sentence encoder; the prompts are put before a query or a passage, as the model was trained with."""

    outputs = ("embedding",)

    kind: Literal[ModelKind.SENTENCE_ENCODER] = ModelKind.SENTENCE_ENCODER
    dimensions: int = Field(ge=1)
    pooling: str = Field(min_length=1)
    query_prompt: str = ""
    passage_prompt: str = ""


class ReaderManifest(Manifest):
    """A span reader; lengths are in tokens, the threshold in log-odds of an answer against none."""

    outputs = ("start_logits", "end_logits")

    kind: Literal[ModelKind.SPAN_READER] = ModelKind.SPAN_READER
    stride: int = Field(default=96, ge=0)
    max_question_tokens: int = Field(default=64, ge=1)
    max_answer_tokens: int = Field(default=30, ge=1)
    null_threshold: float = 0.0


class PairManifest(Manifest):
    """A pair scorer: one number says how well a text answers a query; comparable for one query only."""

    outputs = ("scores",)

    kind: Literal[ModelKind.PAIR_SCORER] = ModelKind.PAIR_SCORER
    stride: int = Field(default=64, ge=0)
    max_query_tokens: int = Field(default=64, ge=1)


M = TypeVar("M", bound=Manifest)


def read_manifest(folder: Path, expected: type[M]) -> M:
    """Read and check `carrel.json` of `folder`; its files must be there with the recorded sizes.

    Raises:
        ModelError: it is malformed, describes another kind of model, or a file is missing or of another size.
    """
    path = folder / MANIFEST
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    manifest = _validated(path, data, expected)
    for name, record in manifest.files.items():
        _check_size(folder / name, record)
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `carrel.json` into `folder`, aside first and then renamed."""
    aside = folder / f"{MANIFEST}.tmp"
    aside.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    aside.replace(folder / MANIFEST)


def record_files(folder: Path, names: Iterable[str]) -> dict[str, FileRecord]:
    """Hash these files of `folder`."""
    return {
        name: FileRecord(sha256=_sha256(folder / name), size=(folder / name).stat().st_size) for name in sorted(names)
    }


def verify_files(folder: Path, files: Mapping[str, FileRecord]) -> None:
    """Read every recorded file and compare its hash.

    Raises:
        ModelError: a file is missing or its content differs.
    """
    for name, record in files.items():
        _check_size(folder / name, record)
        if _sha256(folder / name) != record.sha256:
            raise ModelError(
                f"{folder / name} is not the file that {MANIFEST} describes: its SHA-256 differs; export it again"
            )


def _validated(path: Path, data: Any, expected: type[M]) -> M:
    wanted = expected.model_fields["kind"].default
    if isinstance(data, dict) and data.get("kind") != wanted:
        raise ModelError(f"{path.parent} holds a model of kind {data.get('kind')!r}, but a {wanted} is needed here")
    try:
        return expected.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelError(f"{path} is malformed: {field}: {first['msg']}") from error


def _check_size(path: Path, record: FileRecord) -> None:
    if not path.is_file():
        raise ModelError(f"{path.parent} lacks {path.name}, which its {MANIFEST} names; export the model again")
    size = path.stat().st_size
    if size != record.size:
        raise ModelError(f"{path} has {size} bytes where {MANIFEST} says {record.size}; export the model again")


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
