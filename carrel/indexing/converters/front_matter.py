"""The YAML block at the top of a Markdown file."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

import yaml

from carrel.types import PROVENANCE_KEY

_BLOCK = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


def split_front_matter(source: str) -> tuple[dict[str, Any], str]:
    """Return the fields of the front matter and the document after it.

    A block that is no YAML mapping is part of the document.
    """
    found = _BLOCK.match(source)
    if found is None:
        return {}, source
    try:
        fields = yaml.safe_load(found[1])
    except (yaml.YAMLError, ValueError):
        return {}, source
    if not isinstance(fields, dict):
        return ({}, source) if fields is not None else ({}, source[found.end() :])
    return fields, source[found.end() :]


def metadata(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that filters can use: plain values and lists of them, dates in ISO 8601."""
    plain = {str(key): _plain(value) for key, value in fields.items() if key not in ("title", PROVENANCE_KEY)}
    return {key: value for key, value in plain.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list):
        items = [_plain(item) for item in value]
        return items if items and all(isinstance(item, str | bool | int | float) for item in items) else None
    return None
