"""Which home the pages of this process show; Streamlit runs a script, which takes no arguments."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_served: list[Served] = []


@dataclass(frozen=True, slots=True)
class Served:
    """What the server was started with; `open_to_others` says that other computers reach it."""

    home: Path
    collection: str
    has_password: bool = False
    open_to_others: bool = False


def serve_from(place: Served) -> None:
    """Let the pages of this process show a home."""
    _served[:] = [place]


def served() -> Served:
    """Return what the server was started with."""
    return _served[0]
