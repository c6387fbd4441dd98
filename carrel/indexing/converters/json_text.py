"""JSON values as lines that a person can read: `name: value`, indented where they are nested."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from carrel.indexing.converters.lists import BULLET

_INDENT = "  "


def readable(value: Any) -> str:
    """Return a JSON value as lines."""
    return "\n".join(_lines(value, 0))


def _lines(value: Any, depth: int) -> Iterator[str]:
    indent = _INDENT * depth
    if isinstance(value, dict):
        for key, item in value.items():
            if _is_nested(item):
                yield f"{indent}{key}:"
                yield from _lines(item, depth + 1)
            elif item is not None and item != "":
                yield f"{indent}{key}: {_scalar(item)}"
    elif isinstance(value, list):
        for item in value:
            if _is_nested(item):
                first, *rest = [*_lines(item, depth + 1)] or [""]
                yield f"{indent}{BULLET}{first.lstrip()}"
                yield from rest
            else:
                yield f"{indent}{BULLET}{_scalar(item)}"
    else:
        yield indent + _scalar(value)


def _is_nested(value: Any) -> bool:
    """Tell what takes lines of its own: filled objects, and lists of anything but a few plain values."""
    return isinstance(value, dict | list) and bool(value) and not _is_plain_list(value)


def _is_plain_list(value: Any) -> bool:
    return isinstance(value, list) and all(not isinstance(item, dict | list | str) or item == "" for item in value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(map(_scalar, value))
    return json.dumps(value, ensure_ascii=False)
