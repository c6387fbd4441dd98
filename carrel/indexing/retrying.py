"""Which files hold the sources that failed, to try these again without looking at anything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from carrel.indexing.archives import SEPARATOR
from carrel.indexing.uris import relative_names
from carrel.types import SourceRecord


@dataclass(frozen=True, slots=True)
class FailedSources:
    """The failed sources by name, the files that hold them, and those whose file has gone from its folder."""

    uris: frozenset[str]
    files: tuple[Path, ...]
    gone: tuple[str, ...]


def failed_sources(records: Iterable[SourceRecord]) -> FailedSources:
    """Find the files of failed sources; one whose folder is out of reach is left as it is."""
    uris, files, gone = set(), set(), []
    for record in records:
        if record.root is None:
            continue
        root = Path(record.root)
        file = file_of(record)
        if file is not None:
            uris.add(record.uri)
            files.add(file)
        elif root.is_dir() or root.parent.is_dir():
            gone.append(record.uri)
    return FailedSources(frozenset(uris), tuple(sorted(files)), tuple(gone))


def file_of(record: SourceRecord) -> Path | None:
    """Return the file that holds a source (for one in an archive, or a row, the file around it); None if it is gone."""
    if record.root is None:
        return None
    root = Path(record.root)
    if root.is_file():
        return root
    names = (name for uri in _with_archives(record.uri) for name in relative_names(uri, record.root))
    return next((path for name in names if (path := root / name).is_file()), None)


def _with_archives(uri: str) -> Iterator[str]:
    """Yield the name of a source, and those of the archives that it may lie in."""
    yield uri
    while SEPARATOR in uri:
        uri = uri.rpartition(SEPARATOR)[0]
        yield uri
