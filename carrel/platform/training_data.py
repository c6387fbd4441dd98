"""What readers are trained on: SQuAD's and SubjQA's format, as articles; wrong labels never pass silently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from carrel.datasets import Dataset, RetrievalSet, SquadArticle, SquadQuestion, SquadSet, SubjqaSet, open_dataset
from carrel.datasets.problems import OnBad, Problems
from carrel.errors import UserError

RESEARCH_ONLY = "none stated: for research"


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """One file of labels: its articles (documents, products) in file order, and what was left out of it."""

    path: Path
    articles: tuple[SquadArticle, ...]
    problems: Problems
    licence: str | None = None


def read_labelled(files: Sequence[Path], *, on_bad: OnBad = "refuse") -> list[LabelledFile]:
    """Read files of labels in SQuAD's format (`carrel labels export` writes it) or SubjQA's.

    Raises:
        DataFormatError: a file is missing, malformed, or in a format without marked answers.
        BadEntriesError: labels are wrong (an answer is not at its offset, ...) and `on_bad` is "refuse".
    """
    return [_read(path, open_dataset(path, on_bad=on_bad)) for path in files]


def squad_articles(dataset: Dataset) -> tuple[SquadArticle, ...]:
    """Return a dataset's texts with their questions; SubjQA's reviews are the paragraphs of their product.

    Raises:
        UserError: the dataset has no marked answers.
    """
    if isinstance(dataset, SquadSet):
        return dataset.articles
    if isinstance(dataset, RetrievalSet):
        raise UserError(
            f"{dataset.name} has judgements but no marked answers: take labels in SQuAD's or SubjQA's format"
        )
    texts = {review.id: review.text for review in dataset.reviews}
    by_product: dict[str, list[SquadQuestion]] = {}
    for question in dataset.questions:
        asked = SquadQuestion(
            question.id, question.question, question.item_id, texts[question.review_id], question.answers
        )
        by_product.setdefault(question.item_id, []).append(asked)
    return tuple(
        SquadArticle(product, tuple(dict.fromkeys(q.context for q in questions)), tuple(questions))
        for product, questions in by_product.items()
    )


def _read(path: Path, dataset: Dataset) -> LabelledFile:
    problems = getattr(dataset, "problems", Problems())
    licence = RESEARCH_ONLY if isinstance(dataset, SubjqaSet) else None
    return LabelledFile(path, squad_articles(dataset), problems, licence)
