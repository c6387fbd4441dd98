"""A SubjQA domain whole: the questions of one split, among the reviews of all of them.

That is the corpus of the published retrieval protocol. A review that stands in two splits is two documents, told apart
by their ids (`SPLIT/REVIEW`) and by the field `split`, which a search is filtered by beside the product.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from carrel.datasets.problems import OnBad
from carrel.datasets.subjqa import SubjqaReview, SubjqaSet, read_subjqa
from carrel.errors import DataFormatError

DEFAULT_SPLIT = "test"


def split_files(domain: Path) -> dict[str, Path]:
    """Return the files `DOMAIN-SPLIT.csv` (or `.csv.gz`) beside each other, by split, sorted."""
    found = sorted(domain.parent.glob(f"{domain.name}-*.csv*"))
    names = {path: path.name.removesuffix(".gz") for path in found}
    return {
        name.removeprefix(f"{domain.name}-").removesuffix(".csv"): path
        for path, name in names.items()
        if name.endswith(".csv")
    }


def read_subjqa_splits(domain: Path | str, split: str = DEFAULT_SPLIT, *, on_bad: OnBad = "refuse") -> SubjqaSet:
    """Read every split of a domain, such as `subjqa/electronics`; the questions are those of `split`.

    Raises:
        DataFormatError: there is no such split, or a file is malformed.
        BadEntriesError: as `read_subjqa`.
    """
    domain = Path(domain)
    files = split_files(domain)
    if split not in files:
        raise DataFormatError(f"{domain} has no {split} split; its splits are: {', '.join(files) or 'none'}")
    asked = read_subjqa(files[split], on_bad=on_bad)
    reviews: list[SubjqaReview] = []
    for name, path in files.items():
        part = asked if name == split else read_subjqa(path, on_bad=on_bad)
        reviews += [replace(review, id=_document(name, review.id), split=name) for review in part.reviews]
    return replace(
        asked,
        name=f"{domain.name} {split}",
        rows=tuple(replace(row, review_id=_document(split, row.review_id)) for row in asked.rows),
        reviews=tuple(reviews),
        questions=tuple(
            replace(question, review_id=_document(split, question.review_id), split=split)
            for question in asked.questions
        ),
    )


def _document(split: str, review: str) -> str:
    return f"{split}/{review}"
