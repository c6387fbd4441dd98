"""Finding the sources under the paths that were named."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from carrel.errors import UserError
from carrel.indexing.converters import FORMATS, Format, format_of
from carrel.indexing.converters.document import sanitize

_HIDDEN = (".", "~$")
"""How the names of hidden files and of the lock files of office programs begin."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that can be converted. `base` is what its name is relative to: the indexed folder, or its own folder."""

    path: Path
    base: Path
    root: str
    format: Format

    @property
    def relative(self) -> str:
        """The path below `base`, with `/` and without characters that are no text."""
        return sanitize(self.path.relative_to(self.base).as_posix())


def suffix_of(name: str) -> str:
    """Return by which suffix a file that is left out is counted."""
    return PurePosixPath(name).suffix.lower() or "without suffix"


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found: files in sorted order, the folders that were walked, and how many files were left out by suffix.

    `walked` maps each walked folder to the root that its sources belong to: itself, or an indexed folder around it.
    """

    files: tuple[FoundFile, ...]
    walked: Mapping[Path, Path]
    skipped: Mapping[str, int]


def discover(paths: Sequence[Path], known_roots: Collection[str] = ()) -> Discovery:
    """Find the sources under `paths`: files, and folders with everything in them but hidden and unknown files.

    A path inside a folder that was indexed before (`known_roots`), or that is named too, belongs to that folder: one
    file is one source. Links to folders outside are followed once; those inside lead to what is found anyway.

    Raises:
        UserError: a path is missing, cannot be read, or is a file of an unknown kind.
    """
    folders, files = _checked(paths)
    roots = [Path(root) for root in known_roots if Path(root).is_dir()]
    skipped: Counter[str] = Counter()
    found: dict[Path, FoundFile] = {}
    walked = {folder: _root_of(folder, [*roots, *folders]) for folder in folders if not _is_inside(folder, folders)}
    for folder, root in walked.items():
        for path in _walk(folder, skipped):
            kind = format_of(path.name)
            if kind is not None:
                found.setdefault(path, FoundFile(path, root, str(root), kind))
    for path in files:
        root = _root_of(path, [*roots, *folders])
        base = path.parent if root == path else root
        found.setdefault(path, FoundFile(path, base, str(root), _known_format(path)))
    return Discovery(tuple(found[path] for path in sorted(found)), walked, dict(sorted(skipped.items())))


def _checked(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return the folders and the files among the paths, in a form that names each only one way."""
    folders, files = [], []
    for given in paths:
        path = given.expanduser()
        try:
            if path.is_dir():
                with os.scandir(path) as entries:
                    next(entries, None)
                folders.append(path.resolve())
            elif path.is_file():
                _known_format(path)
                path.open("rb").close()
                # A link to a file keeps its own name and suffix.
                files.append(path.parent.resolve() / path.name)
            else:
                raise UserError(f"There is no file or folder {given}; nothing was changed")
        except OSError as error:
            raise UserError(f"{given} cannot be read: {error.strerror}; nothing was changed") from error
    return sorted(set(folders)), sorted(set(files))


def _known_format(path: Path) -> Format:
    kind = format_of(path.name)
    if kind is None:
        known = " ".join(sorted(FORMATS))
        raise UserError(f"{path} is of no kind that can be indexed; known are {known}; nothing was changed")
    return kind


def _is_inside(path: Path, folders: Sequence[Path]) -> bool:
    return any(folder in path.parents for folder in folders)


def _root_of(path: Path, roots: Sequence[Path]) -> Path:
    """Return the outermost root around a path, or the path itself."""
    around = [root for root in roots if root in path.parents]
    return min(around, key=lambda root: len(root.parts), default=path)


def _walk(root: Path, skipped: Counter[str]) -> Iterator[Path]:
    """Yield the files under a folder in sorted order; what has no known suffix is counted.

    Raises:
        UserError: a folder in it cannot be read.
    """
    entered: set[Path] = set()
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            raise UserError(f"{folder} cannot be read: {error.strerror}; nothing was changed") from error
        inside: list[Path] = []
        for entry in entries:
            if entry.name.startswith(_HIDDEN):
                skipped["hidden"] += 1
            elif entry.is_dir():
                if not entry.is_symlink() or _leads_outside(Path(entry.path), root, entered):
                    inside.append(Path(entry.path))
            elif entry.is_file() and format_of(entry.name):
                yield Path(entry.path)
            else:
                skipped[suffix_of(entry.name)] += 1
        waiting += reversed(inside)


def _leads_outside(link: Path, root: Path, entered: set[Path]) -> bool:
    """Tell whether a link leads to a folder that is not under the root and was not entered by another link."""
    target = link.resolve()
    known = target == root or root in target.parents or target in entered or target in root.parents
    entered.add(target)
    return not known
