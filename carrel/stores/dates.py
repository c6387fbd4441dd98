"""ISO 8601 dates in metadata: which strings are dates for a filter."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

_FULL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ].*)?", re.DOTALL)
_MIDNIGHT = re.compile(r"(?<=^[0-9]{4}-[0-9]{2}-[0-9]{2})([Tt ])24:00(?=$|:00|[Zz+-])")
_DIGIT_YEAR = re.compile(r"[0-9]{4}")


def parse_date(value: Any) -> datetime | None:
    """Return the date that an ISO 8601 string or a date object stands for; None for everything else.

    Free forms ("3 May 2020") are no dates here: what they mean would depend on the day they are read.
    """
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if not isinstance(value, str) or not _DIGIT_YEAR.match(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return _end_of_day(value)


def is_full_date(value: Any) -> bool:
    """Say whether a string may equal another one as a date: it names year, month and day with hyphens."""
    return isinstance(value, str) and _FULL_DATE.fullmatch(value) is not None


def _end_of_day(value: str) -> datetime | None:
    """Read 24:00, the midnight that ends a day, which Python's own parser refuses."""
    begun, found = _MIDNIGHT.subn(r"\g<1>00:00", value)
    if not found or not is_full_date(value):
        return None
    try:
        return datetime.fromisoformat(begun) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
