"""Showing, to a process outside, in which stage of indexing a process is at this moment."""

from __future__ import annotations

import functools
import mmap
import struct
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

# Stage, and the functions that it runs in: module, class (or none), attribute.
STAGES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "converting": (("carrel.indexing.conversion", "Conversion", "convert"),),
    "splitting": (("carrel.indexing.splitter", "Splitter", "split"),),
    "writing": (("carrel.stores.embedded.batch", "Batch", "flush"),),
    "replacing": (),
    "text index": (("carrel.stores.embedded.text_files", "TextFiles", "follow"),),
    "counting": (("carrel.stores.embedded.collection", "Collection", "_confirm"),),
    "deleting": (("carrel.stores.embedded.store", "EmbeddedStore", "delete_sources"),),
    "embedding": (("carrel.models.sentence_encoder", "SentenceEncoder", "encode"),),
    "writing vectors": (("carrel.stores.embedded.store", "EmbeddedStore", "write_vectors"),),
    "folding": (("carrel.stores.embedded.vector_files", "", "write_segment"),),
    "merging": (("carrel.stores.embedded.vector_files", "EncoderFiles", "compact"),),
    "purging": (("carrel.stores.embedded.collection", "", "purge_removed"),),
    "rewriting": (("carrel.stores.embedded.text_files", "TextFiles", "rebuild"),),
}
NAMES = tuple(STAGES)

_WHOLE = {"deleting", "merging", "rewriting"}
"""Stages that stay what they are while parts of other stages run inside them."""

_HEAD = struct.Struct("=iq")
_ENTRY = struct.Struct("=qd")


class Board:
    """Memory shared between processes: the stage now, how often each was entered and how long it took at most."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _HEAD.size + len(NAMES) * _ENTRY.size)
        self.clear()

    def clear(self) -> None:
        """Forget the stage and the counts; how long stages take is remembered."""
        _HEAD.pack_into(self._memory, 0, -1, 0)
        for name in NAMES:
            self._write(name, 0, self.longest(name))

    @property
    def stage(self) -> str:
        """The stage now; "between" outside all of them."""
        number, _ = _HEAD.unpack_from(self._memory, 0)
        return NAMES[number] if number >= 0 else "between"

    @property
    def encoded(self) -> int:
        """How many texts were given to the encoder since the counts were cleared."""
        return int(_HEAD.unpack_from(self._memory, 0)[1])

    def count(self, name: str) -> int:
        """Return how often a stage was entered."""
        return int(self._read(name)[0])

    def longest(self, name: str) -> float:
        """Return the longest time that a stage took, in seconds."""
        return float(self._read(name)[1])

    def add_encoded(self, texts: int) -> None:
        number, encoded = _HEAD.unpack_from(self._memory, 0)
        _HEAD.pack_into(self._memory, 0, number, encoded + texts)

    def enter(self, name: str) -> str:
        """Show a stage, and return the one before."""
        before = self.stage
        if before not in _WHOLE:
            self._show(name)
            count, longest = self._read(name)
            self._write(name, count + 1, longest)
        return before

    def leave(self, name: str, before: str, seconds: float) -> None:
        """Show the stage that was before."""
        self._show(before)
        count, longest = self._read(name)
        self._write(name, count, max(longest, seconds))

    def _show(self, name: str) -> None:
        _, encoded = _HEAD.unpack_from(self._memory, 0)
        _HEAD.pack_into(self._memory, 0, NAMES.index(name) if name in NAMES else -1, encoded)

    def _read(self, name: str) -> tuple[int, float]:
        return _ENTRY.unpack_from(self._memory, self._place(name))  # type: ignore[return-value]

    def _write(self, name: str, count: int, longest: float) -> None:
        _ENTRY.pack_into(self._memory, self._place(name), count, longest)

    def _place(self, name: str) -> int:
        return _HEAD.size + NAMES.index(name) * _ENTRY.size


def watch_stages(board: Board) -> None:
    """Let this process show its stages on the board, by wrapping the functions that they run in."""
    for name, places in STAGES.items():
        for module, owner, attribute in places:
            holder = import_module(module)
            holder = getattr(holder, owner) if owner else holder
            setattr(holder, attribute, _shown(board, name, getattr(holder, attribute)))


def _shown(board: Board, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        shown = "replacing" if name == "writing" and args[0].text_changes.removed else name
        before, began = board.enter(shown), time.perf_counter()
        if name == "embedding":
            board.add_encoded(len(args[1]))
        try:
            return function(*args, **kwargs)
        finally:
            board.leave(shown, before, time.perf_counter() - began)

    return wrapped
