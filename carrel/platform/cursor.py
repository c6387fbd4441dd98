"""Cursors: where a page of search results ended, as a token that a later call goes on from.

A cursor holds the last hit's score and id and the revision that it was found at, and no offset: passages that came
or went in between shift nothing that stands after it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from carrel._haystack import Document
from carrel.errors import UserError

_FORM = 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """The end of a page.

    `request` is the fingerprint of the search that it belongs to, `shown` the number of hits up to here. `depth` is how
    many passages each retriever of a hybrid search gave to fusion, None for the others.
    """

    request: str
    revision: int
    shown: int
    score: float
    id: str
    depth: int | None = None

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(json.dumps([_FORM, *asdict(self).values()]).encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, token: str, request: str) -> Cursor:
        """Read a token that `str` made.

        Raises:
            UserError: it is no such token, or belongs to another search.
        """
        try:
            form, *values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            cursor = cls(*values)
        except (binascii.Error, ValueError, TypeError) as error:
            raise UserError(f"{token!r} is no cursor: give the one that the page before ended with") from error
        if form != _FORM or not cursor._is_sound():
            raise UserError(f"{token!r} is no cursor: give the one that the page before ended with")
        if cursor.request != request:
            raise UserError(
                "The cursor belongs to another search: a further page needs the query, mode and filter of the first"
            )
        return cursor

    def _is_sound(self) -> bool:
        counts = [self.revision, self.shown, *([] if self.depth is None else [self.depth])]
        return (
            all(isinstance(count, int) and 0 <= count < 1 << 31 for count in counts)
            and isinstance(self.score, int | float)
            and isinstance(self.id, str)
            and isinstance(self.request, str)
        )

    def rest(self, documents: Sequence[Document]) -> Sequence[Document]:
        """Return what of a ranking stands after the cursor."""
        for number, document in enumerate(documents):
            if document.id == self.id:
                return documents[number + 1 :]
        return [document for document in documents if (-(document.score or 0.0), document.id) > (-self.score, self.id)]


def request_fingerprint(request: Mapping[str, Any]) -> str:
    """Return what tells searches apart: equal for the pages of one search, different for any other."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=repr).encode()).hexdigest()[:16]
