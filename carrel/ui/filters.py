"""Narrowing down what is searched: by source, and by the fields that the collection's documents have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import streamlit as st

from carrel.stores.facets import Facet
from carrel.ui import desk

Condition = dict[str, Any]

_SOURCES_OFFERED = 300
_VALUES_OFFERED = 100
_REMEMBERED_SECONDS = 30.0
"""How long the choices are those of a moment ago, while indexing changes them."""


def chosen_filters(key: str, collection: str) -> Condition | None:
    """Draw the choices of a page, and return what was chosen as a filter."""
    conditions: list[Condition] = []
    sources = st.multiselect(
        "Sources",
        source_names(collection),
        key=f"{key} sources",
        accept_new_options=True,
        placeholder="all, or choose some",
    )
    if sources:
        conditions.append({"field": "source", "operator": "in", "value": sources})
    fields = field_names(collection)
    if fields:
        named = st.multiselect("Fields", fields, key=f"{key} fields", placeholder="metadata to choose by")
        conditions += [found for name in named if (found := _by_field(key, collection, name)) is not None]
    return both(conditions)


def both(conditions: list[Condition]) -> Condition | None:
    """Return the filter that all conditions make together; None without any."""
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    return {"operator": "AND", "conditions": conditions}


@st.cache_data(ttl=_REMEMBERED_SECONDS, show_spinner=False)
def source_names(collection: str) -> list[str]:
    """Return the names of the first sources."""
    return [record.uri for record in desk.desk_of(collection).store.source_page(limit=_SOURCES_OFFERED)]


@st.cache_data(ttl=_REMEMBERED_SECONDS, show_spinner=False)
def field_names(collection: str) -> list[str]:
    """Return the metadata fields, sorted."""
    return sorted(desk.desk_of(collection).store.metadata_fields())


@st.cache_data(ttl=_REMEMBERED_SECONDS, show_spinner=False)
def field_facet(collection: str, name: str) -> Facet:
    """Return the values of a field over the whole collection."""
    return desk.desk_of(collection).facets([f"meta.{name}"], values=_VALUES_OFFERED)[f"meta.{name}"]


def _by_field(key: str, collection: str, name: str) -> Condition | None:
    facet = field_facet(collection, name)
    widget = f"{key} field {name}"
    if facet.ranges and isinstance(facet.ranges[0].low, str):
        return _by_date(widget, facet)
    if facet.ranges and facet.distinct > 8:
        return _by_number(widget, facet)
    values: Mapping[str, Any] = {str(entry.value): entry.value for entry in facet.values}
    chosen = st.multiselect(f"Values of {plain(name)}", list(values), key=widget, placeholder="any")
    return {"field": f"meta.{name}", "operator": "in", "value": [values[one] for one in chosen]} if chosen else None


def _by_date(widget: str, facet: Facet) -> Condition | None:
    first = date.fromisoformat(str(facet.ranges[0].low)[:10])
    last = date.fromisoformat(str(facet.ranges[-1].high)[:10])
    label = f"{plain(facet.field.removeprefix('meta.'))}: from and to"
    chosen = st.date_input(label, [], first, last, key=widget, format="YYYY-MM-DD")
    if not isinstance(chosen, tuple) or len(chosen) != 2:
        return None
    return both(
        [
            {"field": facet.field, "operator": ">=", "value": chosen[0].isoformat()},
            {"field": facet.field, "operator": "<", "value": (chosen[1] + timedelta(days=1)).isoformat()},
        ]
    )


def _by_number(widget: str, facet: Facet) -> Condition | None:
    low, high = float(facet.ranges[0].low), float(facet.ranges[-1].high)
    label = f"{plain(facet.field.removeprefix('meta.'))}: from and to"
    chosen = st.slider(label, low, high, (low, high), key=widget)
    if chosen == (low, high):
        return None
    return both(
        [
            {"field": facet.field, "operator": ">=", "value": chosen[0]},
            {"field": facet.field, "operator": "<=", "value": chosen[1]},
        ]
    )


def plain(text: str) -> str:
    """Return a text for a label of Streamlit's, which reads Markdown: every sign that means something there escaped."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()<>#+-.!|~$:^&" else sign for sign in text)
