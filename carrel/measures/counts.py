"""Precision, recall and F1 from counts: the common ground of labels, entities and citations."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """What was rightly found, wrongly found, and missed (van Rijsbergen 1979, chapter 7)."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @classmethod
    def of(cls, found: Collection[Hashable], gold: Collection[Hashable]) -> Counts:
        """Compare two collections; what one of them holds twice counts once."""
        found, gold = set(found), set(gold)
        return cls(len(found & gold), len(found - gold), len(gold - found))

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def precision(self) -> float | None:
        """The share of what was found that is right; None where nothing was found."""
        return _share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float | None:
        """The share of what there was to find that was found; None where there was nothing."""
        return _share(self.right, self.right + self.missed)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both; None where nothing was found and there was nothing to find."""
        return _share(2 * self.right, 2 * self.right + self.wrong + self.missed)

    def to_json(self) -> dict[str, float | None]:
        """Return the three measures, and how many there were to find."""
        return {
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "support": self.right + self.missed,
        }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
