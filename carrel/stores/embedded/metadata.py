"""Metadata as it is stored: JSON, checked at the boundary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from carrel.errors import MetadataError


def encode_meta(meta: Mapping[str, Any], of: str) -> str:
    """Return metadata as JSON.

    Raises:
        MetadataError: a value is no JSON, or holds characters that UTF-8 cannot.
    """
    try:
        encoded = json.dumps(dict(meta), ensure_ascii=False)
        encoded.encode("utf-8")
    except UnicodeEncodeError as error:
        raise MetadataError(f"the metadata of {of} holds a lone surrogate {error.object[error.start]!r}") from None
    except (TypeError, ValueError) as error:
        raise MetadataError(f"the metadata of {of} cannot be stored as JSON: {error}") from None
    return encoded


def effective_meta(source: Mapping[str, Any], own: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a passage's metadata is: its source's, with its own over it; an own None removes a field."""
    meta = dict(source)
    for key, value in (own or {}).items():
        if value is None:
            meta.pop(key, None)
        else:
            meta[key] = value
    return meta


def decode_own(own_meta: str | None) -> dict[str, Any] | None:
    """Return the metadata that was set on a passage itself; None if there is none."""
    return None if own_meta is None else json.loads(own_meta)
