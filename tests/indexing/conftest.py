from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from carrel.indexing.job import IndexReport, index_paths
from carrel.indexing.splitter import Splitter
from carrel.stores.embedded.store import EmbeddedStore

Index = Callable[..., IndexReport]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """A new collection on disk."""
    opened = EmbeddedStore(tmp_path / "collection")
    yield opened
    opened.close()


@pytest.fixture
def index(store: EmbeddedStore) -> Index:
    """Index paths into the collection."""

    def run(*paths: Path, **options: Any) -> IndexReport:
        return index_paths(store, paths, splitter=Splitter(max_tokens=40), **options)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of three documents."""
    root = tmp_path / "notes"
    (root / "sub").mkdir(parents=True)
    (root / "kettle.txt").write_text("The kettle whistles at noon.", encoding="utf-8")
    (root / "sub" / "garden.md").write_text("# Garden\n\nRoses need water.", encoding="utf-8")
    (root / "river.html").write_text("<title>River</title><p>The river is wide.</p>", encoding="utf-8")
    return root
