"""What judges an adaptation is not learned from: documents that are held out, and every copy of their texts."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import lru_cache

JUDGING_SHARE = 0.2
"""Share of the documents that are not learned from and judge, where no other labels do."""

_BY_CHANCE = 50
"""Characters below which a text can stand in another one by chance ("Great camera!")."""


def judging_documents(documents: Iterable[str], seed: int) -> set[str]:
    """Choose a fifth of the documents, not to be learned from; none where there is one document only."""
    known = sorted(set(documents))
    count = max(1, round(JUDGING_SHARE * len(known))) if len(known) > 1 else 0
    return set(random.Random(seed).sample(known, count))


class JudgingTexts:
    """The texts that judge. Names do not keep them apart: reviews and pages stand in a collection twice.

    A text is one of them if it stands in one, or one of them in it that is long enough for that to be no chance.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        stripped = [text for text in dict.fromkeys(text.strip() for text in texts) if text]
        self._joined = "\0".join(stripped)
        self._long = [text for text in stripped if len(text) >= _BY_CHANCE]
        self._known = lru_cache(maxsize=100_000)(self._holds)

    def __contains__(self, text: str) -> bool:
        return self._known(text.strip())

    def _holds(self, text: str) -> bool:
        return text in self._joined or any(one in text for one in self._long)


def left_out(count: int) -> str:
    """Return what to say of so many labels or queries that are about texts that judge; nothing for none."""
    return f"; {count} about texts that judge left out" if count else ""
