"""Times of several systems at the same work: in rounds, one system after the other, so that they share the weather."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from carrel.eval.desk import Progress, no_progress
from carrel.measures import percentile

LEAST = 3
"""A round of a slow system ends when its time is up, but not before so many calls."""


@dataclass(frozen=True, slots=True)
class Timings:
    """The seconds of every call of one system, round by round."""

    rounds: tuple[tuple[float, ...], ...]

    @property
    def medians(self) -> list[float]:
        return [median(seconds) for seconds in self.rounds]

    def to_json(self) -> dict[str, Any]:
        """Return p50 over the rounds with its spread (lowest and highest round), and p95 over all calls, in seconds."""
        calls = [seconds for taken in self.rounds for seconds in taken]
        return {
            "p50": {"value": median(self.medians), "low": min(self.medians), "high": max(self.medians)},
            "p95": percentile(calls, 0.95),
            "calls": len(calls),
        }


def time_in_rounds(
    systems: Mapping[str, Callable[[str], object]],
    inputs: Sequence[str],
    *,
    rounds: int = 3,
    seconds: float = 20.0,
    on_progress: Progress = no_progress,
) -> dict[str, Timings]:
    """Call every system with the inputs, `rounds` times over, the systems in turn; each begins with a call unmeasured.

    A system that needs more than `seconds` for a round sees fewer of the inputs, the same ones from the front.
    """
    for call in systems.values():
        call(inputs[0])
    taken: dict[str, list[tuple[float, ...]]] = {name: [] for name in systems}
    for done in range(rounds):
        for name, call in systems.items():
            taken[name].append(_one_round(call, inputs, seconds))
        on_progress(done + 1, rounds)
    return {name: Timings(tuple(found)) for name, found in taken.items()}


def _one_round(call: Callable[[str], object], inputs: Sequence[str], seconds: float) -> tuple[float, ...]:
    found: list[float] = []
    ends = perf_counter() + seconds
    for value in inputs:
        began = perf_counter()
        call(value)
        found.append(perf_counter() - began)
        if perf_counter() > ends and len(found) >= LEAST:
            break
    return tuple(found)


def ratios(ours: Timings, theirs: Timings) -> dict[str, float]:
    """Return how many times longer the other system takes at p50: the median of the rounds, the lowest and highest."""
    found = [their / our for our, their in zip(ours.medians, theirs.medians, strict=True)]
    return {"value": median(found), "low": min(found), "high": max(found)}
