"""Carrel's settings: one class, read from the environment (`CARREL_` prefix) and from `carrel.toml` in the home folder.

The environment wins over the file, the file over the defaults. Nested fields are written `CARREL_SEARCH__TOP_K=20` in
the environment and as tables in the file.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from carrel.errors import SettingsError

SearchMode = Literal["bm25", "dense", "hybrid"]

BackendName = Literal["default", "onnx", "torch-fp32", "torch-bf16", "cuda-fp32", "cuda-fp16", "cuda-bf16"]
"""What runs a model; `default` runs exports on ONNX Runtime and everything else on torch in float32, on the CPU."""

SETTINGS_FILE = "carrel.toml"
"""The file of the settings in a home folder."""


class IndexSettings(BaseModel):
    """How sources become passages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_tokens: int = Field(200, ge=16, le=4096, description="Longest passage, in the encoder's tokens.")
    overlap: int = Field(0, ge=0, le=8, description="Sentences that neighbouring passages share.")
    language: str = Field(
        "english", description="Stemming and stop words of a new collection; 'none' searches words as they are."
    )
    batch_passages: int = Field(4000, ge=1, le=100_000, description="Passages written in one revision.")


class ConversionSettings(BaseModel):
    """What converting one file may take, and how far archives are opened."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float = Field(120.0, gt=0, le=86_400, description="Time that one file may take; then it is failed.")
    memory_mb: int = Field(2048, ge=32, le=1 << 20, description="Memory that one file may take, in MB.")
    file_mb: int = Field(1024, ge=1, le=1 << 20, description="Largest file that is converted as one document, in MB.")
    archive_members: int = Field(10_000, ge=1, le=10_000_000, description="Files that are read out of one archive.")
    archive_mb: int = Field(4096, ge=1, le=1 << 20, description="What one archive may unpack to, in MB.")
    archive_ratio: int = Field(200, ge=2, le=100_000, description="How many times larger an archive may unpack.")
    archive_depth: int = Field(3, ge=1, le=16, description="Archives inside archives: levels that are opened.")
    ocr: bool = Field(False, description="Read images and PDFs without text by Tesseract, which has to be installed.")
    ocr_languages: str = Field("eng", pattern=r"^\w+(\+\w+)*$", description="Languages for Tesseract, as in eng+deu.")


class SearchSettings(BaseModel):
    """How passages are found."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: SearchMode = Field("hybrid", description="Retriever used when a call names none.")
    top_k: int = Field(10, ge=1, le=1000, description="Hits returned.")
    fusion: Literal["scores", "ranks"] = Field("scores", description="How BM25 and dense rankings become one.")
    bm25_weight: float = Field(0.3, ge=0, le=1, description="Share of BM25 in the fused score; dense gets the rest.")
    candidates: int = Field(100, ge=1, le=1000, description="Passages that each retriever gives to fusion.")
    reranker: str = Field(
        "", description="Orders the best passages anew: 'reader', or a cross-encoder (folder or hub name); empty: none."
    )
    rerank_candidates: int = Field(30, ge=1, le=200, description="Passages given to the reranker.")


class AskSettings(BaseModel):
    """How answers are read out of passages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    top_k: int = Field(5, ge=1, le=100, description="Answers returned.")
    retriever_top_k: int = Field(10, ge=1, le=200, description="Passages given to the reader.")
    rank_weight: float = Field(
        2.0, ge=0, le=100, description="What the logarithm of a passage's place takes off the log-odds of its answers."
    )
    risk: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Share of given answers that may be wrong; none set: the reader's own threshold.",
    )
    confidence: str | None = Field(
        None, description="Calibration file; none set: the one beside the reader. The risk's is beside it (risk.json)."
    )


class ModelSettings(BaseModel):
    """Which models are used, and on how many threads."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoder: str = Field("carrel-encoder", description="A packaged model, a local folder or a hub name.")
    reader: str = Field("carrel-reader", description="A packaged model, a local folder or a hub name.")
    threads: int = Field(0, ge=0, le=256, description="Threads for inference; 0 takes every core there is.")
    backend: BackendName = Field(
        "default",
        description="What runs them: ONNX Runtime for exports and torch on the CPU for others, or one for all of them.",
    )


class RecordsSettings(BaseModel):
    """Where jobs are recorded, and what people leave behind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        "", description="Database URL, as in postgresql://user:password@host/carrel; empty is records.db in the home."
    )


class CollectionSettings(BaseModel):
    """What one collection has of its own, in place of what holds for all; paths may be relative to the home."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoder: str | None = Field(None, description="Its encoder, as models.encoder.")
    reader: str | None = Field(None, description="Its reader, as models.reader.")
    confidence: str | None = Field(None, description="Its calibration, as ask.confidence.")


class Settings(BaseSettings):
    """Everything that can be set; `carrel config` prints it with its sources."""

    model_config = SettingsConfigDict(
        env_prefix="CARREL_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    index: IndexSettings = IndexSettings()
    conversion: ConversionSettings = ConversionSettings()
    search: SearchSettings = SearchSettings()
    ask: AskSettings = AskSettings()
    models: ModelSettings = ModelSettings()
    records: RecordsSettings = RecordsSettings()
    collections: dict[str, CollectionSettings] = {}

    def for_collection(self, name: str, home: Path) -> Settings:
        """Return the settings with what the collection has of its own in place."""
        own = self.collections.get(name)
        if own is None:
            return self
        named = {key: _beside(home, value) for key, value in own.model_dump().items() if value is not None}
        models: dict[str, Any] = {key: named[key] for key in ("encoder", "reader") if key in named}
        # A calibration belongs to one reader: another reader of the collection brings its own.
        ask = {"confidence": named.get("confidence")} if named.keys() & {"reader", "confidence"} else {}
        return self.model_copy(
            update={"models": self.models.model_copy(update=models), "ask": self.ask.model_copy(update=ask)}
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The initial values are those of carrel.toml (see `load`), so the environment comes first.
        return env_settings, init_settings

    @classmethod
    def load(cls, home: Path) -> Settings:
        """Read `carrel.toml` in `home`, if there is one, and the environment.

        Raises:
            SettingsError: the file is not TOML, names an unknown setting, or a value is out of its bounds.
        """
        file = home / SETTINGS_FILE
        try:
            values: dict[str, Any] = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
            return cls(**values)
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{file} is not TOML: {error}") from error
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise SettingsError(f"Settings cannot be used (from {file} and CARREL_* variables): {problems}") from error


def _beside(home: Path, value: str) -> str:
    return str(home / value) if (home / value).exists() else value


def default_home() -> Path:
    """Return `CARREL_HOME`, or the user's data folder for Carrel."""
    named = os.environ.get("CARREL_HOME")
    return Path(named).expanduser() if named else user_data_path("carrel", appauthor=False)
