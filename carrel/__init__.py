"""Carrel: ask your own documents, get the exact answer and its place.

`import carrel` is cheap: what a name needs is loaded when the name is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carrel.errors import CarrelError, UserError
from carrel.types import Answer, AskResult, Hit, Span

if TYPE_CHECKING:
    from carrel.platform import Platform
    from carrel.settings import Settings

__all__ = ["Answer", "AskResult", "CarrelError", "Hit", "Platform", "Settings", "Span", "UserError"]

_HOMES = {"Platform": "carrel.platform", "Settings": "carrel.settings"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'carrel' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
