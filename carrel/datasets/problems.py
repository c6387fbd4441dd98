"""Bad entries of a dataset: counted, listed, and refused or skipped as the user chooses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from carrel.errors import DataFormatError

OnBad = Literal["refuse", "skip"]
"""What to do with bad entries: refuse the dataset, or leave them out and say so."""

LISTED = 1000
"""How many problems are listed one by one; all are counted."""

_SHOWN = 3


class ProblemKind(StrEnum):
    """What can be wrong with an entry that is well-formed in itself."""

    UNKNOWN_DOCUMENT = "judgements of unknown documents"
    UNKNOWN_QUERY = "judgements of unknown queries"
    TWO_GRADES = "documents with two grades for one query"
    RANKED_TWICE = "documents ranked twice for one query"
    DUPLICATE_QUERY = "query ids that come again"
    DUPLICATE_DOCUMENT = "document ids that come again with another text"
    NO_GOLD = "queries without a right answer"
    OFFSET = "answers that are not at their offsets"
    NO_SOURCE = "labels of texts that the collection does not hold"


@dataclass(frozen=True, slots=True)
class Problem:
    """One bad entry: where it stands (file and line, or id) and what is wrong with it."""

    kind: ProblemKind
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Problems:
    """The bad entries of a dataset that were left out: how many of each kind, and the first ones, one by one."""

    counts: Mapping[ProblemKind, int] = field(default_factory=dict)
    listed: tuple[Problem, ...] = ()

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def to_json(self) -> dict[str, Any]:
        return {
            "counts": {kind.value: count for kind, count in self.counts.items()},
            "listed": [
                {"kind": problem.kind.value, "where": problem.where, "what": problem.what} for problem in self.listed
            ],
        }

    def __str__(self) -> str:
        return ", ".join(f"{count} {kind}" for kind, count in self.counts.items()) or "none"


class BadEntriesError(DataFormatError):
    """A dataset has bad entries and the user did not choose to leave them out; `problems` counts and lists them."""

    def __init__(self, name: str, problems: Problems) -> None:
        first = "; ".join(f"{problem.where}: {problem.what}" for problem in problems.listed[:_SHOWN])
        more = "; ..." if problems.total > _SHOWN else ""
        super().__init__(
            f"{name} has bad entries: {problems} ({first}{more}). Repair them, or leave them out with --on-bad skip"
        )
        self.problems = problems


class ProblemLog:
    """Collects what is wrong while a dataset is read."""

    def __init__(self) -> None:
        self._counts: Counter[ProblemKind] = Counter()
        self._listed: list[Problem] = []

    def add(self, kind: ProblemKind, where: str, what: str) -> None:
        self._counts[kind] += 1
        if len(self._listed) < LISTED:
            self._listed.append(Problem(kind, where, what))

    def extend(self, problems: Problems) -> None:
        """Take over what another log collected."""
        self._counts.update(problems.counts)
        self._listed.extend(problems.listed[: LISTED - len(self._listed)])

    def settled(self, name: str, on_bad: OnBad) -> Problems:
        """Return what was collected; the caller has left it out.

        Raises:
            BadEntriesError: there is something, and `on_bad` is "refuse".
        """
        problems = Problems(dict(self._counts), tuple(self._listed))
        if problems.total and on_bad == "refuse":
            raise BadEntriesError(name, problems)
        return problems
