"""Filters as SQL over the passages of a collection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, false, func, literal, not_, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from carrel.stores.dates import is_full_date, parse_date
from carrel.stores.embedded.field_values import canonical, kind_of, utc_time, wall_time
from carrel.stores.embedded.schema import (
    documents,
    field_values,
    fields,
    passages,
    sources,
    texts,
    versions,
    visible_at,
)
from carrel.stores.embedded.texts import CHUNK
from carrel.stores.errors import InvalidFilterError
from carrel.stores.filters import Comparison, Condition, Junction, Logic, MetaField, NoField, Operator, OwnField

Clause = ColumnElement[bool]

_SQL_OPERATORS: dict[Operator, Callable[[Any, Any], Clause]] = {
    Operator.GREATER: lambda column, value: column > value,
    Operator.GREATER_EQUAL: lambda column, value: column >= value,
    Operator.LESS: lambda column, value: column < value,
    Operator.LESS_EQUAL: lambda column, value: column <= value,
}


def filter_clause(condition: Condition) -> Clause:
    """Return the condition on a row of `passages`."""
    if isinstance(condition, Comparison):
        return _comparison(condition)
    parts = [filter_clause(part) for part in condition.conditions]
    if condition.junction is Junction.OR:
        return or_(false(), *parts)
    together = and_(true(), *parts)
    return not_(together) if condition.junction is Junction.NOT else together


def check_orderings(connection: Connection, condition: Condition, revision: int) -> None:
    """Refuse an ordering that some visible passage's value cannot take part in.

    Raises:
        InvalidFilterError: it names the field and such a value.
    """
    for comparison in _orderings(condition):
        if not isinstance(comparison.field, MetaField) or comparison.value is None:
            continue
        row = connection.execute(_misfit(comparison.field, comparison.value, revision)).first()
        if row is not None:
            raise InvalidFilterError(
                f"cannot order meta.{comparison.field.path} by {comparison.value!r}: the passage {row.id} has "
                f"{row.value!r} there; only numbers with numbers and ISO 8601 dates with dates can be ordered"
            )


def _orderings(condition: Condition) -> Iterator[Comparison]:
    if isinstance(condition, Logic):
        for part in condition.conditions:
            yield from _orderings(part)
    elif condition.operator.is_ordering:
        yield condition


def _misfit(field: MetaField, value: Any, revision: int) -> Any:
    fits = field_values.c.wall.is_not(None) if isinstance(value, str | date) else field_values.c.kind.in_(_NUMBER_KINDS)
    return (
        select(passages.c.id, field_values.c.value)
        .join_from(field_values, passages, passages.c.key == field_values.c.passage)
        .where(field_values.c.field == _field_key(field.path), not_(fits), visible_at(revision))
        .limit(1)
    )


_NUMBER_KINDS = ("bool", "int", "float")


def _comparison(comparison: Comparison) -> Clause:
    operator, value = comparison.operator, comparison.value
    if operator is Operator.NOT_EQUAL:
        return not_(_equal(comparison.field, value))
    if operator is Operator.IN:
        return or_(false(), *(_equal(comparison.field, item) for item in value))
    if operator is Operator.NOT_IN:
        return not_(or_(false(), *(_equal(comparison.field, item) for item in value)))
    if operator is Operator.EQUAL:
        return _equal(comparison.field, value)
    return _ordered(comparison.field, operator, value)


def _equal(field: MetaField | OwnField | NoField, value: Any) -> Clause:
    if isinstance(field, NoField):
        return true() if value is None else false()
    if isinstance(field, OwnField):
        return _own_equal(field, value)
    if value is None:
        return not_(_has(field, true()))
    return _has(field, _value_equal(value))


def _ordered(field: MetaField | OwnField | NoField, operator: Operator, value: Any) -> Clause:
    if value is None or isinstance(field, NoField):
        return false()
    if isinstance(field, MetaField):
        return _has(field, _value_ordered(operator, value))
    if field not in _NUMBERS or isinstance(value, str | date):
        raise InvalidFilterError(f"{field.value!r} cannot be ordered by {value!r}; page, start and end can, by numbers")
    return func.coalesce(_SQL_OPERATORS[operator](_NUMBERS[field], value), false())


def _has(field: MetaField, clause: Clause) -> Clause:
    """Say that the passage has the field with a value for which the clause holds."""
    having = select(field_values.c.passage).where(field_values.c.field == _field_key(field.path), clause)
    return passages.c.key.in_(having)


def _field_key(path: str) -> Any:
    return select(fields.c.key).where(fields.c.name == path).scalar_subquery()


def _value_equal(value: Any) -> Clause:
    if isinstance(value, date):
        return _same_date(value)
    is_json = field_values.c.kind == "json"
    same = and_(
        field_values.c.value == literal(canonical(value), field_values.c.value.type),
        is_json if kind_of(value) == "json" else not_(is_json),
    )
    return or_(same, _same_date(value)) if is_full_date(value) else same


def _same_date(value: Any) -> Clause:
    """Say that the stored value is the same date: written with year, month and day, as for Haystack."""
    parsed = parse_date(value)
    if parsed is None:
        return false()
    full = field_values.c.value.op("GLOB")("[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*")
    return and_(full, _instant(lambda column, moment: column == moment, parsed))


def _value_ordered(operator: Operator, value: Any) -> Clause:
    compare = _SQL_OPERATORS[operator]
    if isinstance(value, str | date):
        return _instant(compare, parse_date(value))
    number = literal(canonical(value), field_values.c.value.type)
    return and_(field_values.c.kind.in_(_NUMBER_KINDS), compare(field_values.c.value, number))


def _instant(compare: Any, moment: Any) -> Clause:
    """Compare as instants where both name their offset, as clock times where one does not."""
    by_wall: Clause = compare(field_values.c.wall, wall_time(moment))
    utc = utc_time(moment)
    if utc is None:
        return by_wall
    by_utc = and_(field_values.c.utc.is_not(None), compare(field_values.c.utc, utc))
    return or_(by_utc, and_(field_values.c.utc.is_(None), by_wall))


_NUMBERS: dict[OwnField, Any] = {
    OwnField.PAGE: passages.c.page,
    OwnField.START: passages.c.start,
    OwnField.END: passages.c.end,
}


def _own_equal(field: OwnField, value: Any) -> Clause:
    if field is OwnField.CONTENT:
        return _content_equal(value)
    if field in _NUMBERS:
        return _number_equal(_NUMBERS[field], value)
    return _TEXTS[field](value) if isinstance(value, str) else false()


def _number_equal(column: Any, value: Any) -> Clause:
    if value is None:
        missing: Clause = column.is_(None)
        return missing
    return func.coalesce(column == value, false()) if isinstance(value, int | float) else false()


_TEXTS: dict[OwnField, Callable[[str], Clause]] = {
    OwnField.ID: lambda value: passages.c.id == value,
    OwnField.SOURCE: lambda value: passages.c.source.in_(select(sources.c.key).where(sources.c.uri == value)),
    OwnField.TITLE: lambda value: passages.c.version.in_(select(versions.c.key).where(versions.c.title == value)),
    OwnField.VERSION: lambda value: passages.c.version.in_(select(versions.c.key).where(versions.c.hash == value)),
}


def _content_equal(value: Any) -> Clause:
    without = passages.c.key.in_(select(documents.c.passage).where(documents.c.without_content == 1))
    if value is None:
        return without
    if not isinstance(value, str):
        return false()
    first = passages.c.start // CHUNK
    chunks = (
        select(texts.c.content)
        .join(versions, versions.c.text == texts.c.text)
        .where(versions.c.key == passages.c.version)
        .where(texts.c.ordinal >= first, texts.c.ordinal <= (passages.c.end - 1) // CHUNK)
        .order_by(texts.c.ordinal)
        .correlate(passages)
        .subquery()
    )
    covered = select(func.group_concat(chunks.c.content, "")).scalar_subquery()
    content = func.substr(covered, passages.c.start - first * CHUNK + 1, passages.c.end - passages.c.start)
    length = passages.c.end - passages.c.start
    if not value:
        return and_(length == 0, not_(without))
    return and_(length == len(value), content == value)
