"""Which files hold the sources that failed, to try these again without looking at anything else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

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
        file = _file(root, record.uri)
        if file is not None:
            uris.add(record.uri)
            files.add(file)
        elif root.is_dir() or root.parent.is_dir():
            gone.append(record.uri)
    return FailedSources(frozenset(uris), tuple(sorted(files)), tuple(gone))


def _file(root: Path, uri: str) -> Path | None:
    if root.is_file():
        return root
    return next((path for name in relative_names(uri, str(root)) if (path := root / name).is_file()), None)
