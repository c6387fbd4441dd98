"""Comparing all of a collection with itself: the truth with its own checksums, the indexes with the truth."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from carrel.stores.embedded.collection import Collection
from carrel.stores.embedded.file_sums import SUMS, check_sums, check_text_files
from carrel.stores.embedded.text_check import text_problems
from carrel.stores.embedded.truth_check import truth_problems
from carrel.stores.embedded.vector_check import vector_problems

if TYPE_CHECKING:
    from carrel.stores.embedded.store import EmbeddedStore

SAMPLE = 256
"""Vectors of each encoder that are searched for."""

_BROKEN = (OSError, ValueError, KeyError, TypeError, RuntimeError)


@dataclass(slots=True)
class Verification:
    """What was found wrong, in sentences: in the database, which a backup cures, and in the indexes.

    `checked` counts what was looked at; `repaired` names the indexes that were built anew.
    """

    truth: list[str] = field(default_factory=list)
    indexes: dict[str, list[str]] = field(default_factory=dict)
    checked: dict[str, int] = field(default_factory=dict)
    repaired: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong, or not any more."""
        return not self.truth and all(name in self.repaired or not found for name, found in self.indexes.items())


def verify(store: EmbeddedStore, opened: Callable[[], Collection], *, repair: bool, seed: int) -> Verification:
    """Check everything; `repair` builds indexes anew that do not fit the database, which itself is never changed.

    `opened` gives the parts of the store, `seed` chooses the sample of vectors.
    """
    found = Verification()
    found.truth = list(truth_problems(opened().database, found.checked))
    if found.truth:
        return found  # nothing to compare indexes with
    checks: dict[str, Callable[[], Iterator[str]]] = {
        "text": lambda: _text(opened(), found.checked),
        "vectors": lambda: _vectors(opened(), store, found.checked, seed),
    }
    for name, check in checks.items():
        found.indexes[name] = list(check())
        if found.indexes[name] and repair:
            with store.lease("carrel verify --repair"):
                _build_anew(name, store, opened())
            if not list(check()):
                found.repaired.append(name)
    return found


def _text(collection: Collection, checked: dict[str, int]) -> Iterator[str]:
    """Compare files first: whoever opens broken ones writes them anew, as it does where there are none."""
    current = collection.path / "text" / "current"
    if current.is_file():
        try:
            check_text_files(current.with_name(current.read_text(encoding="ascii").strip()), all_files=True)
        except _BROKEN as error:
            yield f"the files of the text index are not what was written: {error}"
            return
    yield from text_problems(collection, checked)


def _vectors(collection: Collection, store: EmbeddedStore, checked: dict[str, int], seed: int) -> Iterator[str]:
    damaged = list(_damaged_segments(collection.path / "vectors", checked))
    if damaged:
        yield from damaged
        return
    random = np.random.default_rng(seed)
    yield from vector_problems(collection, store.vector_search, checked, random, SAMPLE)


def _damaged_segments(folder: Path, checked: dict[str, int]) -> Iterator[str]:
    checked["segments"] = 0
    for noted in sorted(folder.glob(f"*/*{SUMS}")):
        checked["segments"] += 1
        try:
            check_sums(noted.parent, noted.name.removesuffix(SUMS), all_files=True)
        except _BROKEN as error:
            yield f"a segment of vectors is not what was written: {error}"


def _build_anew(name: str, store: EmbeddedStore, collection: Collection) -> None:
    if name == "text":
        collection.text.rebuild()
        return
    shutil.rmtree(collection.path / "vectors", ignore_errors=True)
    store.close()
    store.build_indexes()
