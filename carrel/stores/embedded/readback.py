"""Reading back what was written: a source counts as indexed once every passage of it was found in the text index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, select, update
from tantivy import Query

from carrel.stores.embedded.database import Database, json_list, one_of
from carrel.stores.embedded.schema import CONFIRMING, passages, sources
from carrel.stores.embedded.text_files import TextView
from carrel.types import SourceState


def unconfirmed(connection: Connection) -> list[int]:
    """Return the keys of the sources that wait to be counted, because a process died before it could."""
    waiting = select(sources.c.key).where(
        sources.c.state == SourceState.WRITING, sources.c.stage == CONFIRMING, sources.c.deleted.is_(None)
    )
    return list(connection.execute(waiting).scalars())


def confirm(database: Database, view: TextView, keys: Sequence[int]) -> list[int]:
    """Mark those of these sources as indexed whose passages are all in the text index; returns the others.

    Sources that were written after the revision of `view` are passed over: they are not searchable yet.
    """
    with database.reading() as connection:
        bound = {"keys": json_list(keys), "seen": view.revision}
        checked = list(connection.execute(_WRITTEN, bound).scalars())
        rows = connection.execute(_VISIBLE, {**bound, "keys": json_list(checked)}).all()
    lacking = _lacking(view, {row.key: row.source for row in rows})
    complete = [key for key in checked if key not in lacking]
    if complete:
        with database.writing() as connection:
            connection.execute(_CONFIRM, {"keys": json_list(complete), "seen": view.revision})
    return sorted(lacking)


def _lacking(view: TextView, passages_of: Mapping[int, int]) -> set[int]:
    """Return the sources with a passage that the text index does not hold; `passages_of` names each one's source."""
    if not passages_of:
        return set()
    named = Query.term_set_query(view.index.schema, "key", list(passages_of))
    hits = view.searcher.search(named, len(passages_of), count=False).hits
    found = set(view.searcher.fast_field_values("key", [address for _, address in hits]))
    return {source for passage, source in passages_of.items() if passage not in found}


_WRITTEN = select(sources.c.key).where(sources.c.key.in_(one_of("keys")), sources.c.written <= bindparam("seen"))
_VISIBLE = select(passages.c.key, passages.c.source).where(
    passages.c.source.in_(one_of("keys")),
    passages.c.added <= bindparam("seen"),
    passages.c.removed.is_(None) | (passages.c.removed > bindparam("seen")),
)
_CONFIRM = (
    update(sources)
    .where(
        sources.c.key.in_(one_of("keys")),
        sources.c.written <= bindparam("seen"),
        sources.c.state == SourceState.WRITING,
        sources.c.stage == CONFIRMING,
    )
    .values(state=SourceState.INDEXED, stage=None)
)
