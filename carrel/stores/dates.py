"""ISO 8601 dates in metadata: which strings are dates for a filter."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

import dateutil.parser

_FULL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ].*)?", re.DOTALL)
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
        return _lenient(value)


def is_full_date(value: Any) -> bool:
    """Say whether a string may equal another one as a date: it names year, month and day with hyphens."""
    return isinstance(value, str) and _FULL_DATE.fullmatch(value) is not None


def _lenient(value: str) -> datetime | None:
    """Read valid spellings that Python's own parser refuses, such as 24:00 for midnight."""
    if not is_full_date(value):
        return None
    try:
        return dateutil.parser.isoparse(value)
    except (ValueError, OverflowError):
        return None
