"""Setting metadata on passages, which changes neither their ids nor any index."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from carrel.errors import MetadataError
from carrel.stores.embedded.batch import Batch
from carrel.stores.embedded.database import json_list, one_of
from carrel.stores.embedded.metadata import decode_own, effective_meta, encode_meta
from carrel.stores.embedded.schema import passages, sources
from carrel.types import PROVENANCE_KEY


def set_metadata(batch: Batch, meta: Mapping[str, Any], *, ids: Sequence[str] = (), keys: Sequence[int] = ()) -> int:
    """Set fields on visible passages, by id or key; None removes a field. Returns how many passages there were.

    Raises:
        MetadataError: a value is no JSON, or the field is Carrel's own.
    """
    if PROVENANCE_KEY in meta:
        raise MetadataError(f"the metadata field {PROVENANCE_KEY!r} belongs to the store and cannot be set")
    encode_meta(meta, "the change")
    query = (
        select(passages.c.key, passages.c.own_meta, sources.c.meta)
        .join(sources, sources.c.key == passages.c.source)
        .where(
            passages.c.removed.is_(None),
            passages.c.id.in_(one_of("ids")) if ids else passages.c.key.in_(one_of("keys")),
        )
    )
    bound = {"ids": json_list(ids)} if ids else {"keys": json_list(keys)}
    changed: dict[int, Mapping[str, Any]] = {}
    for row in batch.connection.execute(query, bound).all():
        own = {**(decode_own(row.own_meta) or {}), **meta}
        batch.set_own_meta(row.key, encode_meta(own, "a passage"))
        changed[row.key] = effective_meta(json.loads(row.meta), own)
    batch.set_fields(changed)
    return len(changed)
