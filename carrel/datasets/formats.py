"""Finding out in which of the known formats a dataset is."""

from __future__ import annotations

from pathlib import Path

from carrel.datasets.beir import read_beir
from carrel.datasets.files import find_file
from carrel.datasets.problems import OnBad
from carrel.datasets.retrieval import RetrievalSet
from carrel.datasets.squad import SquadSet, read_squad_set
from carrel.datasets.subjqa import SubjqaSet, read_subjqa
from carrel.datasets.subjqa_splits import DEFAULT_SPLIT, read_subjqa_splits, split_files
from carrel.errors import DataFormatError

Dataset = RetrievalSet | SquadSet | SubjqaSet

HUB = "hub:"
CATALOGUE = "ir_datasets:"

SUPPORTED = (
    "a BEIR folder (corpus.jsonl, queries.jsonl, qrels/<split>.tsv), a SQuAD 1.1 or 2.0 file (.json) "
    "or a SubjQA file (.csv), each file also as .gz; DOMAIN for all the files DOMAIN-SPLIT.csv of SubjQA; "
    f"{HUB}NAME for a dataset of the Hugging Face hub or a folder in "
    f"its layout, and {CATALOGUE}NAME"
)


def located(name: Path | str) -> str:
    """Return a name that means the same in every folder: an absolute path, or a prefixed name as it is."""
    text = str(name)
    return text if text.startswith((HUB, CATALOGUE)) else str(Path(text).expanduser().resolve())


def open_dataset(path: Path | str, split: str | None = None, *, on_bad: OnBad = "refuse") -> Dataset:
    """Read a dataset in whichever format it is; `split` is for those that hold several (BEIR folders: `test`).

    Bad entries are counted and listed: in the error of a refusal, or in the dataset's `problems`.

    Raises:
        DataFormatError: there is nothing at `path`, it is in no known format, or it is malformed.
        BadEntriesError: it has bad entries and `on_bad` is "refuse".
        MissingExtraError: it needs a package that is not installed.
    """
    if str(path).startswith(HUB):
        from carrel.datasets.hub import read_hub

        return read_hub(str(path).removeprefix(HUB), split, on_bad=on_bad)
    if str(path).startswith(CATALOGUE):
        from carrel.datasets.catalogue import read_ir_dataset

        identifier = str(path).removeprefix(CATALOGUE)
        return read_ir_dataset(f"{identifier}/{split}" if split else identifier, on_bad=on_bad)
    return _open_path(Path(path).expanduser(), split, on_bad)


def _open_path(path: Path, split: str | None, on_bad: OnBad) -> Dataset:
    if path.is_dir():
        return read_beir(path, split or "test", on_bad=on_bad)
    found = find_file(path)
    if found is None and split_files(path):
        return read_subjqa_splits(path, split or DEFAULT_SPLIT, on_bad=on_bad)
    if found is None:
        raise DataFormatError(f"There is no dataset at {path}; supported are {SUPPORTED}")
    if split is not None:
        raise DataFormatError(f"{path} is one file: it has no splits to choose from")
    suffix = Path(found.name.removesuffix(".gz")).suffix.lower()
    if suffix == ".json":
        return read_squad_set(path, on_bad=on_bad)
    if suffix == ".csv":
        return read_subjqa(path, on_bad=on_bad)
    raise DataFormatError(f"{path} is in no known dataset format; supported are {SUPPORTED}")
