"""Finding out in which of the known formats a dataset is."""

from __future__ import annotations

from pathlib import Path

from carrel.datasets.beir import read_beir
from carrel.datasets.files import find_file
from carrel.datasets.retrieval import RetrievalSet
from carrel.datasets.squad import SquadSet, read_squad_set
from carrel.datasets.subjqa import SubjqaSet, read_subjqa
from carrel.errors import DataFormatError

Dataset = RetrievalSet | SquadSet | SubjqaSet

SUPPORTED = (
    "a BEIR folder (corpus.jsonl, queries.jsonl, qrels/<split>.tsv), a SQuAD 1.1 or 2.0 file (.json) "
    "or a SubjQA file (.csv), each file also as .gz"
)


def open_dataset(path: Path | str, split: str | None = None) -> Dataset:
    """Read a dataset in whichever format it is; `split` is for BEIR folders, which hold several (default `test`).

    Raises:
        DataFormatError: there is nothing at `path`, it is in no known format, or it is malformed.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        return read_beir(path, split or "test")
    found = find_file(path)
    if found is None:
        raise DataFormatError(f"There is no dataset at {path}; supported are {SUPPORTED}")
    if split is not None:
        raise DataFormatError(f"{path} is one file: a split can be chosen in a BEIR folder only")
    suffix = Path(found.name.removesuffix(".gz")).suffix.lower()
    if suffix == ".json":
        return read_squad_set(path)
    if suffix == ".csv":
        return read_subjqa(path)
    raise DataFormatError(f"{path} is in no known dataset format; supported are {SUPPORTED}")
