"""SubjQA CSV files (Bjerva et al. 2020): questions about products, answered in reviews; plain or gzipped.

One row per annotator and question. The index pair of a row refers to the review as it stands in the file, whose end
often carries the marker ` ANSWERNOTFOUND`, which an annotator could select; it is taken off here, which moves no
offset. The answer's text is listed with tokenised punctuation and, where somebody selected words apart from each
other, only those words; the gold text is therefore always the review's own, between the two indices, and every row
whose listed text differs is reported in `SubjqaSet.mismatches`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from carrel.datasets.files import read_csv
from carrel.datasets.problems import OnBad, ProblemKind, ProblemLog, Problems
from carrel.datasets.retrieval import RetrievalDocument, RetrievalQuery, RetrievalSet
from carrel.datasets.squad import GoldSpan
from carrel.errors import DataFormatError

MARKER = "ANSWERNOTFOUND"
COLUMNS = ("item_id", "question", "q_review_id", "review_id", "review", "human_ans_spans", "human_ans_indices")

_INDICES = re.compile(r"\(\s*(\d+)\s*,\s*(\d+)\s*\)")

MismatchKind = Literal["spacing", "words", "outside"]
"""How a listed answer differs from the review: in white space, in words, or its range leaves the review."""


@dataclass(frozen=True, slots=True)
class SubjqaRow:
    """What one annotator said of one question; `answer` is None for "no answer in this review"."""

    line: int
    question_id: str
    question: str
    item_id: str
    review_id: str
    review: str
    listed: str
    answer: GoldSpan | None


@dataclass(frozen=True, slots=True)
class SpanMismatch:
    """A row whose listed answer is not the review's text between its indices."""

    line: int
    question_id: str
    kind: MismatchKind
    listed: str
    found: str


@dataclass(frozen=True, slots=True)
class SubjqaReview:
    """One review of one product, without the marker; `split` is set where several are read together."""

    id: str
    item_id: str
    text: str
    split: str | None = None


@dataclass(frozen=True, slots=True)
class SubjqaQuestion:
    """A question about one review; `answers` joins its annotators' spans and is empty when none of them gave one."""

    id: str
    question: str
    item_id: str
    review_id: str
    answers: tuple[GoldSpan, ...]
    split: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """The same question asked of several reviews of one product: the unit of the published retrieval protocol."""

    question: str
    item_id: str
    questions: tuple[SubjqaQuestion, ...]

    @property
    def id(self) -> str:
        return self.questions[0].id

    @property
    def filters(self) -> dict[str, Any]:
        """The Haystack filter for the reviews that the group is about: those of the product, and of the split."""
        fields = {"item_id": self.item_id, "split": self.questions[0].split}
        conditions = [
            {"field": f"meta.{name}", "operator": "==", "value": value}
            for name, value in fields.items()
            if value is not None
        ]
        return conditions[0] if len(conditions) == 1 else {"operator": "AND", "conditions": conditions}

    @property
    def answering_reviews(self) -> tuple[str, ...]:
        """The reviews in which an annotator marked an answer."""
        return tuple(dict.fromkeys(question.review_id for question in self.questions if question.answers))


@dataclass(frozen=True, slots=True)
class SubjqaSet:
    """One file: its rows as they are, and the distinct reviews and questions in them, in file order.

    `mismatches` lists how annotators' texts differ from the reviews (known of the published files, and harmless),
    `problems` the bad entries that were left out.
    """

    name: str
    rows: tuple[SubjqaRow, ...]
    reviews: tuple[SubjqaReview, ...]
    questions: tuple[SubjqaQuestion, ...]
    mismatches: tuple[SpanMismatch, ...]
    problems: Problems = field(default_factory=Problems)

    @property
    def groups(self) -> tuple[QuestionGroup, ...]:
        """The questions by (text, product), in the order of their first one."""
        groups: dict[tuple[str, str], list[SubjqaQuestion]] = {}
        for question in self.questions:
            groups.setdefault((question.question, question.item_id), []).append(question)
        return tuple(QuestionGroup(text, item, tuple(members)) for (text, item), members in groups.items())

    def retrieval_set(self) -> RetrievalSet:
        """Return retrieval among a product's reviews: relevant are those that answer; other groups are left out."""
        answered = [group for group in self.groups if group.answering_reviews]
        return RetrievalSet(
            name=self.name,
            documents=tuple(RetrievalDocument(r.id, "", r.text, _meta(r)) for r in self.reviews),
            queries=tuple(RetrievalQuery(g.id, g.question, g.filters) for g in answered),
            qrels={group.id: dict.fromkeys(group.answering_reviews, 1) for group in answered},
            problems=self.problems,
        )


def read_subjqa(path: Path | str, *, on_bad: OnBad = "refuse") -> SubjqaSet:
    """Read a SubjQA file; it is held in memory whole, since most of its rows repeat the texts of others.

    Raises:
        DataFormatError: the file is missing or no SubjQA CSV.
        BadEntriesError: one id stands for two different reviews or questions, or an answer lies outside its review; and
            `on_bad` is "refuse" (else the first holds, and such an answer is left out).
    """
    path = Path(path)
    log = ProblemLog()
    rows: list[SubjqaRow] = []
    mismatches: list[SpanMismatch] = []
    for line, record in read_csv(path, COLUMNS):
        row, mismatch = _row(record, line, path)
        if mismatch and mismatch.kind == "outside" and not mismatch.listed.rstrip().endswith(MARKER):
            what = f"{mismatch.listed!r} lies outside the review {row.review_id!r}"
            log.add(ProblemKind.OFFSET, f"{path}, line {line}", what)
            continue
        rows.append(row)
        mismatches += [mismatch] if mismatch else []
    reviews = _reviews(rows, path, log)
    by_question = _by_question([row for row in rows if _is_of(row, reviews)], path, log)
    name = path.name.removesuffix(".gz").removesuffix(".csv")
    return SubjqaSet(
        name=name,
        rows=tuple(rows),
        reviews=tuple(reviews.values()),
        questions=tuple(_question(members) for members in by_question.values()),
        mismatches=tuple(mismatches),
        problems=log.settled(str(path), on_bad),
    )


def _row(record: dict[str, str], line: int, path: Path) -> tuple[SubjqaRow, SpanMismatch | None]:
    review = _without_marker(record["review"])
    listed = record["human_ans_spans"]
    answer, mismatch = None, None
    if listed.strip() not in ("", MARKER):
        start, end = _indices(record["human_ans_indices"], f"{path}, line {line}")
        found = review[start:end].rstrip() if end > len(review) else review[start:end]
        answer = GoldSpan(found, start) if found else None
        kind = "outside" if end > len(review) else _difference(listed, found)
        mismatch = SpanMismatch(line, record["q_review_id"], kind, listed, found) if kind else None
    row = SubjqaRow(
        line,
        record["q_review_id"],
        record["question"],
        record["item_id"],
        record["review_id"],
        review,
        listed,
        answer,
    )
    return row, mismatch


def _without_marker(review: str) -> str:
    return review.removesuffix(MARKER).removesuffix(" ") if review.endswith(MARKER) else review


def _indices(text: str, where: str) -> tuple[int, int]:
    match = _INDICES.fullmatch(text.strip())
    if match is None or int(match[1]) >= int(match[2]):
        raise DataFormatError(f"{where}: human_ans_indices must read '(start, end)', not {text!r}")
    return int(match[1]), int(match[2])


def _difference(listed: str, found: str) -> MismatchKind | None:
    if listed == found:
        return None
    return "spacing" if "".join(listed.split()) == "".join(found.split()) else "words"


def _reviews(rows: Iterable[SubjqaRow], path: Path, log: ProblemLog) -> dict[str, SubjqaReview]:
    reviews: dict[str, SubjqaReview] = {}
    for row in rows:
        review = SubjqaReview(row.review_id, row.item_id, row.review)
        if reviews.setdefault(row.review_id, review) != review:
            what = f"review {row.review_id!r} has another text or product above"
            log.add(ProblemKind.DUPLICATE_DOCUMENT, f"{path}, line {row.line}", what)
    return reviews


def _is_of(row: SubjqaRow, reviews: Mapping[str, SubjqaReview]) -> bool:
    """Tell whether a row is about the review that its id stands for."""
    review = reviews[row.review_id]
    return (review.item_id, review.text) == (row.item_id, row.review)


def _by_question(rows: Iterable[SubjqaRow], path: Path, log: ProblemLog) -> dict[str, list[SubjqaRow]]:
    by_question: dict[str, list[SubjqaRow]] = {}
    for row in rows:
        members = by_question.setdefault(row.question_id, [row])
        first = members[0]
        if (row.question, row.review_id) != (first.question, first.review_id):
            what = f"question {row.question_id!r} differs from line {first.line}"
            log.add(ProblemKind.DUPLICATE_QUERY, f"{path}, line {row.line}", what)
        elif row is not first:
            members.append(row)
    return by_question


def _question(rows: list[SubjqaRow]) -> SubjqaQuestion:
    answers = tuple(dict.fromkeys(row.answer for row in rows if row.answer is not None))
    first = rows[0]
    return SubjqaQuestion(first.question_id, first.question, first.item_id, first.review_id, answers)


def _meta(review: SubjqaReview) -> dict[str, str]:
    return {"item_id": review.item_id} if review.split is None else {"item_id": review.item_id, "split": review.split}
