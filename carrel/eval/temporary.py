"""A temporary collection that holds a dataset's own texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from carrel.datasets import Dataset, RetrievalDocument, SquadSet, SubjqaSet
from carrel.errors import UserError

if TYPE_CHECKING:
    from carrel.platform import Platform
    from carrel.settings import Settings

_NOT_IN_NAMES = re.compile(r"[^\w.-]+")


@contextmanager
def indexed_platform(
    dataset: Dataset,
    *,
    settings: Settings | None = None,
    embed: bool = True,
    on_progress: Callable[..., None] | None = None,
) -> Iterator[Platform]:
    """Index the dataset's texts into a collection that is gone when the block is left.

    Documents of a BEIR corpus and reviews become rows of a JSONL file (those without a word are left out); a SQuAD
    article becomes one text file. Without `embed` only BM25 can search. Without `settings`, those of the environment
    hold.

    Raises:
        UserError: a text could not be indexed; a score without it would not be the dataset's.
    """
    from carrel.platform import Platform

    with TemporaryDirectory(prefix="carrel-eval-") as folder:
        texts = write_texts(dataset, Path(folder) / "texts")
        with Platform(Path(folder) / "home", settings=settings) as platform:
            report = platform.index([texts], embed=embed, on_progress=on_progress)
            if report.failed:
                first = report.failed[0]
                raise UserError(
                    f"{len(report.failed)} texts of {dataset.name} could not be indexed, the first is "
                    f"{first.source}: {first.reason}"
                )
            yield platform


def write_texts(dataset: Dataset, folder: Path) -> Path:
    """Write what a collection needs to hold for this dataset into a new folder, and return the path to index."""
    folder.mkdir(parents=True)
    if isinstance(dataset, SquadSet):
        for number, article in enumerate(dataset.articles):
            # The title decides the vectors, so it keeps its own letters; the number keeps two alike apart.
            name = _NOT_IN_NAMES.sub("_", article.title)[:120]
            subfolder = folder / f"{number:05d}"
            subfolder.mkdir()
            (subfolder / f"{name}.txt").write_text(article.text, encoding="utf-8", newline="")
        return folder
    documents = dataset.retrieval_set().documents if isinstance(dataset, SubjqaSet) else dataset.documents
    path = folder / f"{_NOT_IN_NAMES.sub('_', dataset.name)}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_rows(documents))
    return path


def _rows(documents: Iterable[RetrievalDocument]) -> Iterator[str]:
    for document in documents:
        # Published corpora hold documents without a word, which no search can find.
        if not document.text.strip() and not document.title.strip():
            continue
        row: dict[str, Any] = {**document.meta, "_id": document.id, "title": document.title, "text": document.text}
        yield json.dumps(row, ensure_ascii=False) + "\n"
