"""Which name a source goes by: one name for one source, whatever was indexed before."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import PurePath
from typing import Protocol


class Owned(Protocol):
    """A source and the folder or file that it was found in."""

    @property
    def uri(self) -> str: ...

    @property
    def root(self) -> str | None: ...


class Uris:
    """Hands out the URIs of a collection's sources.

    A file goes by its path below the indexed folder, a row by its id. Where another folder or file has a source of that
    name already, the name of the own folder is put before it (`notes/todo.txt`), then that of the folder around it, and
    so on; for rows the file's name (`reviews.csv#17`). A source keeps the name that it has. Names that belong to a
    folder or file that is gone from the disk are free.
    """

    def __init__(self, sources: Iterable[Owned]) -> None:
        self._owners = {source.uri: source.root for source in sources}
        self._taken: dict[str, str] = {}
        self._exists = cache(os.path.exists)

    def assign_files(self, files: Iterable[tuple[str, str]]) -> list[str]:
        """Return a URI for each (root, relative path), in order."""
        wanted = list(files)
        found: dict[int, str] = {}
        # Plain names first: another file's longer name must not take one of them.
        for index, (root, relative) in enumerate(wanted):
            if self.is_free(relative, root):
                found[index] = self._take(relative, root)
        for index, (root, relative) in enumerate(wanted):
            if index not in found:
                free = next(uri for uri in longer_names(root, relative) if self.is_free(uri, root))
                found[index] = self._take(free, root)
        return [found[index] for index in range(len(wanted))]

    def assign_row(self, root: str, file_uri: str, identity: str) -> str | None:
        """Return the URI of a row of the file `root`; None if a row before it has the same id."""
        for uri in (identity, f"{file_uri}#{identity}"):
            if self._taken.get(uri) == root:
                return None
            if self.is_free(uri, root):
                return self._take(uri, root)
        return None

    def is_free(self, uri: str, root: str) -> bool:
        """Tell whether a source under `root` may go by this name."""
        if uri in self._taken:
            return False
        if uri not in self._owners:
            return True
        owner = self._owners[uri]
        return owner is not None and (is_within(owner, root) or not self._exists(owner))

    def _take(self, uri: str, root: str) -> str:
        self._taken[uri] = root
        return uri


def longer_names(root: str, relative: str) -> Iterator[str]:
    """Yield the names of a file with one, two, ... of the folders of its root before it, then numbered ones."""
    name = relative
    for part in reversed(PurePath(root).parts[1:]):
        name = f"{part}/{name}"
        yield name
    number = 2
    while True:
        yield f"{name} ({number})"
        number += 1


def relative_names(uri: str, root: str) -> Iterator[str]:
    """Yield the relative paths that a file of `root` with this URI may have."""
    yield uri
    prefix = ""
    for part in reversed(PurePath(root).parts[1:]):
        prefix = f"{part}/{prefix}"
        if uri.startswith(prefix):
            yield uri.removeprefix(prefix)


@lru_cache(maxsize=1 << 16)
def is_within(root: str, folder: str) -> bool:
    """Tell whether `root` is `folder` or lies in it."""
    return root == folder or PurePath(folder) in PurePath(root).parents
