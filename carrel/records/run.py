"""A measurement as the records know it: what was measured, on what, with what, and what came out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CollectionState:
    """What a collection held: `sources` maps every source to the version and the number of passages it had.

    `name` is None for a temporary collection, made of the dataset's own texts; `vectors` counts those of each encoder.
    """

    name: str | None
    revision: int
    passages: int
    vectors: Mapping[str, int]
    sources: Mapping[str, str]

    @property
    def content(self) -> str:
        """SHA-256 of the sources, their versions and their numbers of passages; equal content, equal texts."""
        listed = json.dumps(sorted(self.sources.items()), ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(listed.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class RunQuestion:
    """One question of a run: its value of every measure (None: not measured), and what the system said."""

    id: str
    query: str
    values: Mapping[str, float | None]
    details: Json


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of an evaluation.

    `plan` is what it takes to do it again; `settings`, `models` (fingerprints), `versions` (of packages) and
    `collection` (None where none was searched) are what it was done with. `created` is in seconds since the epoch;
    `id` is 0 until the run is kept.
    """

    dataset: str
    stage: str
    system: str
    plan: Json
    settings: Json
    models: Mapping[str, str]
    versions: Mapping[str, str]
    collection: CollectionState | None
    metrics: Json
    further: Json
    seconds: float
    questions: tuple[RunQuestion, ...] = field(repr=False)
    id: int = 0
    created: float = 0.0


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run in a list of runs, without its questions."""

    id: int
    created: float
    dataset: str
    stage: str
    system: str
    collection: str | None
    questions: int
    metrics: Json
    seconds: float
