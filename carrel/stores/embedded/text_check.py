"""Comparing the text index with the database: it holds the passages of its revision, each once, and no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from tantivy import FieldType, Query

from carrel.stores.embedded.collection import Collection
from carrel.stores.embedded.schema import passages, visible_at
from carrel.stores.embedded.text_files import TextView

_RANGE = 20_000
"""Passage keys that are compared at a time."""


def text_problems(collection: Collection, checked: dict[str, int]) -> Iterator[str]:
    """Yield in what the text index differs from the database at the revision that it stands at."""
    view = collection.text.view()
    visible = select(passages.c.key).where(visible_at(view.revision)).order_by(passages.c.key)
    missing = extra = twice = 0
    with collection.database.reading() as connection:
        last = connection.execute(select(func.coalesce(func.max(passages.c.key), 0))).scalar_one()
        for begin in range(0, last + 1, _RANGE):
            end = begin + _RANGE
            part = visible.where(passages.c.key >= begin, passages.c.key < end)
            expected = set(connection.execute(part).scalars())
            found = Counter(_keys(view, begin, end))
            missing += len(expected - found.keys())
            extra += len(found.keys() - expected)
            twice += sum(count - 1 for count in found.values())
    checked["indexed passages"] = view.searcher.num_docs
    beyond = len(view.searcher.search(_between(view, last + 1, None), _RANGE, count=False).hits)
    for count, problem in ((missing, "lacks"), (extra + beyond, "has too many:"), (twice, "holds twice")):
        if count:
            yield f"the text index {problem} {count} passages at revision {view.revision}"


def _keys(view: TextView, begin: int, end: int) -> Sequence[int]:
    hits = view.searcher.search(_between(view, begin, end), 2 * _RANGE, count=False).hits
    values = view.searcher.fast_field_values("key", [address for _, address in hits])
    return [int(key) for key in values if key is not None]


def _between(view: TextView, begin: int, end: int | None) -> Query:
    top = 2**63 - 1 if end is None else end - 1
    return Query.range_query(view.index.schema, "key", FieldType.Unsigned, begin, top)
