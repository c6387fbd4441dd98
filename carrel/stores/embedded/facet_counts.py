"""Counting the values of fields over passages."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from carrel.stores.embedded.facet_columns import Columns
from carrel.stores.embedded.selection import Keys, count_visible
from carrel.stores.facets import Facet, facet_field, summarize


def facet_counts(
    connection: Connection, columns: Columns, names: Sequence[str], revision: int, *, keys: Keys | None, top: int
) -> dict[str, Facet]:
    """Return the facet of each field over these passages (ascending), or over all that the revision shows.

    Raises:
        InvalidFilterError: passages cannot be counted by one of the fields.
    """
    wanted = {name: facet_field(name) for name in names}
    total = count_visible(connection, revision) if keys is None else len(keys)
    found = {}
    for name, field in wanted.items():
        counts, present = columns.get(connection, field, revision).count(keys)
        found[name] = summarize(name, counts, missing=total - present, top=top)
    return found
