"""Options that several verbs share, and how their values are read."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from carrel.errors import FilterError

if TYPE_CHECKING:
    from carrel.platform import Platform

P = ParamSpec("P")
R = TypeVar("R")

as_json = click.option("--json", "as_json", is_flag=True, help="Write one JSON object to standard output.")
_FILTER = '{"field": "source", "operator": "==", "value": "a.md"}'

filters = click.option(
    "--filter",
    "filter_json",
    metavar="JSON",
    help=f"Haystack filter, such as {_FILTER}.",
)


def share(name: str, default: float, explained: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return an option for a share of something, from 0 to 1."""
    return click.option(name, default=default, show_default=True, type=click.FloatRange(0, 1), help=explained)


def place(function: Callable[P, R]) -> Callable[P, R]:
    """Add --home and --collection."""

    @click.option(
        "--home", type=click.Path(path_type=Path), help="Folder that holds everything (default: CARREL_HOME)."
    )
    @click.option("--collection", default="default", show_default=True, help="Collection to work on.")
    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    return wrapped


@contextmanager
def desk(home: Path | None, collection: str) -> Iterator[Platform]:
    """Open the platform for one command."""
    from carrel.platform import Platform

    with Platform(home, collection=collection) as platform:
        yield platform


def read_filter(text: str | None) -> dict[str, Any] | None:
    """Parse the value of --filter.

    Raises:
        FilterError: it is not a JSON object.
    """
    if text is None:
        return None
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise FilterError(f"--filter takes JSON, such as '{_FILTER}', not {text} ({error})") from error
    if not isinstance(value, dict):
        raise FilterError(f"--filter takes a JSON object, such as '{_FILTER}', not {text}")
    return value
