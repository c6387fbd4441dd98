"""A value, or the reason why there is none: what could not be measured is null in JSON, never 0."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """A number that was measured; always finite, so that JSON can hold it.

    Raises:
        ValueError: it is infinite or not a number.
    """

    value: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"{self.value} is no measurement: say why there is none, with NotMeasured")

    def to_json(self) -> dict[str, float | str | None]:
        return {"value": self.value}


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """Nothing could be measured, and why, for a person."""

    reason: str

    @property
    def value(self) -> None:
        """Null, as in JSON."""
        return

    def to_json(self) -> dict[str, float | str | None]:
        return {"value": None, "reason": self.reason}


Measurement = Measured | NotMeasured


def measurement(value: float | None, reason: str) -> Measurement:
    """Return the value; where it is None, `reason` says why."""
    return NotMeasured(reason) if value is None else Measured(value)
