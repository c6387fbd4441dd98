"""What an evaluation returns: one estimate a measure, and what happened to every single query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from carrel.measures import Estimate, bootstrap_mean

Stage = Literal["retrieval", "reader", "pipeline", "abstention"]


@dataclass(frozen=True, slots=True)
class QueryResult:
    """One query: its value of every measure (None: could not be measured) and what the system said."""

    id: str
    query: str
    values: Mapping[str, float | None]
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EvalResult:
    """The outcome of one evaluation; metric values are fractions of 1, `seconds` is the whole run's wall time.

    `further` holds what only this stage reports (latency, blame, counts).
    """

    dataset: str
    stage: Stage
    system: str
    metrics: Mapping[str, Estimate]
    seconds: float
    per_query: tuple[QueryResult, ...]
    further: Mapping[str, Any] = field(default_factory=dict)

    @property
    def queries(self) -> int:
        return len(self.per_query)

    def to_json(self) -> dict[str, Any]:
        """Return the object that the command line prints as JSON, without the single queries."""
        return {
            "dataset": self.dataset,
            "stage": self.stage,
            "system": self.system,
            "queries": self.queries,
            "metrics": {name: estimate.to_json() for name, estimate in self.metrics.items()},
            "seconds": self.seconds,
            **self.further,
        }


def estimates(per_query: Sequence[QueryResult], names: Sequence[str], unmeasured: str) -> dict[str, Estimate]:
    """Return the mean and interval of each named measure; `unmeasured` is the reason where no query has a value."""
    return {
        name: bootstrap_mean((result.values[name] for result in per_query), unmeasured=unmeasured) for name in names
    }
