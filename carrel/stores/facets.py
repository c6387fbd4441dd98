"""Facets: how often each value of a field occurs among the passages that a search matches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from carrel.stores.dates import parse_date
from carrel.stores.errors import InvalidFilterError
from carrel.stores.filters import Field, MetaField, NoField, OwnField, parse_field

MOST_RANGES = 10
_COUNTED = (OwnField.SOURCE, OwnField.TITLE, OwnField.PAGE, OwnField.VERSION)
_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a field: in how many passages it stands, and in how many sources they are."""

    value: Any
    passages: int
    sources: int


@dataclass(frozen=True, slots=True)
class FacetRange:
    """The passages whose value lies in `[low, high)`; dates are bounded by ISO 8601 dates."""

    low: float | str
    high: float | str
    passages: int


@dataclass(frozen=True, slots=True)
class Facet:
    """The counts of one field.

    `values` are the most frequent ones, ties in the order of their text. `other` counts those that are not listed,
    `missing` the passages without the field; `distinct` says how many values there are. A list counts for each of its
    elements. `ranges` cut the values where all are numbers, or all ISO 8601 dates.
    """

    field: str
    values: tuple[FacetValue, ...]
    other: int
    missing: int
    distinct: int
    ranges: tuple[FacetRange, ...] = ()


def facet_field(name: str) -> Field:
    """Return the field that a name stands for, as filters name it.

    Raises:
        InvalidFilterError: passages cannot be counted by it.
    """
    field = parse_field(name)
    if isinstance(field, MetaField) or field in _COUNTED:
        return field
    allowed = ", ".join(_COUNTED)
    prefixed = f"; did you mean 'meta.{name}'?" if isinstance(field, NoField) else ""
    raise InvalidFilterError(f"cannot count by {name!r}: there are {allowed} and metadata, as 'meta.NAME'{prefixed}")


def summarize(name: str, counts: Sequence[FacetValue], *, missing: int, top: int) -> Facet:
    """Return the facet of a field from the counts of all its values."""
    ordered = sorted(counts, key=lambda entry: (-entry.passages, str(entry.value), type(entry.value).__name__))
    return Facet(
        field=name,
        values=tuple(ordered[:top]),
        other=sum(entry.passages for entry in ordered[top:]),
        missing=missing,
        distinct=len(ordered),
        ranges=_ranges(ordered),
    )


def _ranges(counts: Sequence[FacetValue]) -> tuple[FacetRange, ...]:
    if len(counts) < 2:
        return ()
    if all(isinstance(entry.value, int | float) and not isinstance(entry.value, bool) for entry in counts):
        finite = [(float(entry.value), entry.passages) for entry in counts if math.isfinite(entry.value)]
        return _number_ranges(finite)
    dates = [(parse_date(entry.value), entry.passages) for entry in counts]
    known = [(date.replace(tzinfo=None), passages) for date, passages in dates if date is not None]
    return _date_ranges(known) if len(known) == len(dates) else ()


def _number_ranges(counts: Sequence[tuple[float, int]]) -> tuple[FacetRange, ...]:
    """Cut numbers into at most ten ranges whose bounds are multiples of 1, 2 or 5 times a power of ten."""
    if len(counts) < 2:
        return ()
    low, high = min(value for value, _ in counts), max(value for value, _ in counts)
    width = (high - low) / (MOST_RANGES - 1)
    if not math.isfinite(width):
        return ()
    power = 10.0 ** math.floor(math.log10(width))
    step = next(power * factor for factor in _STEPS if power * factor >= width)
    begin = math.floor(low / step)
    totals = [0] * (math.floor(high / step) - begin + 1)
    for value, passages in counts:
        totals[min(max(math.floor(value / step) - begin, 0), len(totals) - 1)] += passages
    bounds = [_plain((begin + number) * step) for number in range(len(totals) + 1)]
    return tuple(
        FacetRange(below, above, total) for below, above, total in zip(bounds, bounds[1:], totals, strict=False)
    )


def _plain(bound: float) -> float:
    """Return a bound without the noise of binary fractions."""
    rounded = float(f"{bound:.12g}")
    return int(rounded) if rounded.is_integer() else rounded


def _date_ranges(counts: Sequence[tuple[datetime, int]]) -> tuple[FacetRange, ...]:
    """Cut dates, as clock times, into years, months or days: the longest of them that tells the dates apart."""
    dates = [date for date, _ in counts]
    first, last = min(dates), max(dates)
    unit = "year" if first.year != last.year else "month" if first.month != last.month else "day"
    totals: dict[str, tuple[str, int]] = {}
    for date, passages in sorted(counts):
        low, high = _calendar(date, unit)
        totals[low] = (high, totals.get(low, (high, 0))[1] + passages)
    return tuple(FacetRange(low, high, total) for low, (high, total) in totals.items())


def _calendar(date: datetime, unit: str) -> tuple[str, str]:
    """Return the first day of the year, month or day that a date lies in, and of the next one."""
    if unit == "day":
        first = date.date()
        after = first + timedelta(days=1) if first < first.max else first
        return first.isoformat(), after.isoformat()
    months = 12 if unit == "year" else 1
    month = 1 if unit == "year" else date.month
    year, following = divmod(date.year * 12 + month - 1 + months, 12)
    return f"{date.year:04}-{month:02}-01", f"{year:04}-{following + 1:02}-01"
