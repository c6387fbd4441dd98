"""Haystack's filter dictionaries, parsed once into a typed tree that every store compiles to its own language.

The meaning is that of `haystack.utils.filters.document_matches_filter`, with three differences, all so that the same
filter gives the same answer every day and on every store:

- A string is a date when it is written as ISO 8601; ordering by any other string is an error.
- An ordering that some document's value cannot take part in is an error, whatever the other conditions say.
- `source`, `title`, `page`, `version`, `start` and `end` without a prefix mean what Carrel knows of a passage, also
  as `meta.carrel.page`; the user's metadata of these names is `meta.title`, and every other bare name means metadata.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeAlias

from carrel.stores.dates import parse_date
from carrel.stores.errors import InvalidFilterError
from carrel.types import PROVENANCE_KEY


class Operator(StrEnum):
    """What a comparison asks."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    GREATER = ">"
    GREATER_EQUAL = ">="
    LESS = "<"
    LESS_EQUAL = "<="
    IN = "in"
    NOT_IN = "not in"

    @property
    def is_ordering(self) -> bool:
        return self in _ORDERINGS


_ORDERINGS = {Operator.GREATER, Operator.GREATER_EQUAL, Operator.LESS, Operator.LESS_EQUAL}


class Junction(StrEnum):
    """How conditions are joined; NOT is true when not all of them are."""

    AND = "AND"
    OR = "OR"
    NOT = "NOT"


@dataclass(frozen=True, slots=True)
class MetaField:
    """A field of the user's metadata, by its path (`person.name`)."""

    path: str


class OwnField(StrEnum):
    """A field that Carrel keeps of every passage."""

    ID = "id"
    CONTENT = "content"
    SOURCE = "source"
    TITLE = "title"
    PAGE = "page"
    VERSION = "version"
    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class NoField:
    """A name that no document can have; its value is always missing."""

    name: str


Field: TypeAlias = MetaField | OwnField | NoField


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against one value, which is a tuple of values for `in` and `not in`."""

    field: Field
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class Logic:
    """Conditions joined."""

    junction: Junction
    conditions: tuple[Condition, ...]


Condition: TypeAlias = Comparison | Logic

_DOCUMENT_FIELDS = {"blob", "embedding", "meta", "score", "sparse_embedding"}


def parse_filter(filters: Mapping[str, Any]) -> Condition:
    """Parse a filter dictionary.

    Raises:
        InvalidFilterError: it is malformed; the message names the part and what is allowed there.
    """
    if not isinstance(filters, Mapping):
        raise InvalidFilterError(f"a filter is a dictionary, not {type(filters).__name__}: {filters!r}")
    return _comparison(filters) if "field" in filters else _logic(filters)


def _logic(filters: Mapping[str, Any]) -> Logic:
    _require(filters, "operator", "conditions")
    if filters["operator"] not in set(Junction):
        raise InvalidFilterError(f"unknown logical operator {filters['operator']!r}; there are {', '.join(Junction)}")
    conditions = filters["conditions"]
    if not isinstance(conditions, list | tuple):
        raise InvalidFilterError(f"'conditions' is a list, not {type(conditions).__name__}: {conditions!r}")
    return Logic(Junction(filters["operator"]), tuple(parse_filter(condition) for condition in conditions))


def _comparison(filters: Mapping[str, Any]) -> Comparison:
    _require(filters, "operator", "value")
    if filters["operator"] not in set(Operator):
        raise InvalidFilterError(
            f"unknown comparison operator {filters['operator']!r}; there are {', '.join(Operator)}"
        )
    operator = Operator(filters["operator"])
    field = parse_field(filters["field"])
    return Comparison(field, operator, _value(operator, filters["value"]))


def _require(filters: Mapping[str, Any], *keys: str) -> None:
    for key in keys:
        if key not in filters:
            raise InvalidFilterError(f"{key!r} is missing in the filter {dict(filters)!r}")


def parse_field(name: Any) -> Field:
    """Return the field that a name in a filter stands for.

    Raises:
        InvalidFilterError: it is no name, or names a part of a document that cannot be asked for.
    """
    if not isinstance(name, str):
        raise InvalidFilterError(f"'field' is a name, not {type(name).__name__}: {name!r}")
    if name in set(OwnField):
        return OwnField(name)
    if name in _DOCUMENT_FIELDS:
        raise InvalidFilterError(
            f"cannot filter on {name!r}; metadata is named 'meta.NAME', else {', '.join(OwnField)}"
        )
    prefix, dot, path = name.partition(".")
    if not dot:
        return MetaField(name)
    if prefix != "meta":
        return NoField(name)
    own = path.removeprefix(f"{PROVENANCE_KEY}.")
    return OwnField(own) if own != path and own in set(OwnField) else MetaField(path)


def _value(operator: Operator, value: Any) -> Any:
    if operator in {Operator.IN, Operator.NOT_IN}:
        if not isinstance(value, list):
            raise InvalidFilterError(
                f"{operator.value!r} takes a list of values, not {type(value).__name__}: {value!r}"
            )
        return tuple(_checked(item) for item in value)
    if operator.is_ordering:
        return _orderable(operator, value)
    return _checked(value)


def _orderable(operator: Operator, value: Any) -> Any:
    if isinstance(value, str) and parse_date(value) is None:
        raise InvalidFilterError(f"{operator.value!r} orders numbers and ISO 8601 dates; {value!r} is neither")
    if value is None or isinstance(value, str | int | float | date):
        return _checked(value)
    raise InvalidFilterError(
        f"{operator.value!r} orders numbers and ISO 8601 dates, not {type(value).__name__}: {value!r}"
    )


def _checked(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | date | list | tuple | Mapping):
        return value
    raise InvalidFilterError(f"cannot compare with a value of type {type(value).__name__}: {value!r}")
