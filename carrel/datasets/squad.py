"""SQuAD 1.1 and 2.0 JSON (https://rajpurkar.github.io/SQuAD-explorer/), plain or gzipped."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from carrel.datasets.files import reading
from carrel.datasets.problems import OnBad, ProblemKind, ProblemLog, Problems
from carrel.errors import DataFormatError


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """One accepted answer: `context[start:start + len(text)] == text`."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class SquadQuestion:
    """A question about one paragraph; `answers` is empty when the paragraph does not answer it."""

    id: str
    question: str
    title: str
    context: str
    answers: tuple[GoldSpan, ...]


@dataclass(frozen=True, slots=True)
class SquadArticle:
    """One article: its paragraphs in order and the questions about them."""

    title: str
    paragraphs: tuple[str, ...]
    questions: tuple[SquadQuestion, ...]

    @property
    def text(self) -> str:
        """The article as one document: its paragraphs, joined by blank lines."""
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class SquadSet:
    """The articles of one file; `problems` counts and lists the bad entries that were left out."""

    name: str
    articles: tuple[SquadArticle, ...]
    problems: Problems = field(default_factory=Problems)

    @property
    def questions(self) -> list[SquadQuestion]:
        """All questions, in file order."""
        return [question for article in self.articles for question in article.questions]


def read_squad_set(path: Path | str, *, on_bad: OnBad = "refuse") -> SquadSet:
    """Read a SQuAD file; the set is named like the file. It is held in memory whole: questions carry their paragraphs.

    Raises:
        DataFormatError: the file is missing or is no SQuAD JSON.
        BadEntriesError: an answer is not at its offset, a question id comes twice, or a question has no answer without
            being marked as impossible; and `on_bad` is "refuse" (else these are left out).
    """
    path = Path(path)
    try:
        with reading(path) as handle:
            articles = json.load(handle)["data"]
        reader = _Reader()
        found = tuple(reader.article(raw, path.stem) for raw in articles)
    except json.JSONDecodeError as error:
        raise DataFormatError(f"{path}, line {error.lineno}: not JSON: {error.msg}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise DataFormatError(f"{path} is JSON, but not SQuAD: {type(error).__name__}: {error}") from error
    name = path.name.removesuffix(".gz").removesuffix(".json")
    return SquadSet(name, found, reader.log.settled(str(path), on_bad))


def read_squad(path: Path | str, *, on_bad: OnBad = "refuse") -> list[SquadArticle]:
    """Read every article of a SQuAD file, in file order; errors are those of `read_squad_set`."""
    return list(read_squad_set(path, on_bad=on_bad).articles)


def held_out_titles(titles: Iterable[str], count: int = 40, seed: int = 0) -> list[str]:
    """Choose the articles that are never trained on: a seeded sample of the sorted titles."""
    ordered = sorted(set(titles))
    return sorted(random.Random(seed).sample(ordered, min(count, len(ordered))))


def sample_questions(questions: Sequence[SquadQuestion], count: int, seed: int = 0) -> list[SquadQuestion]:
    """Take a seeded sample of `count` questions (all of them, in order, if there are no more)."""
    if count >= len(questions):
        return list(questions)
    return random.Random(seed).sample(list(questions), count)


class QuestionCheck:
    """Takes questions in, one after the other, and leaves out what is wrong with them."""

    def __init__(self) -> None:
        self.log = ProblemLog()
        self._seen: set[str] = set()

    def checked(self, question: SquadQuestion, *, impossible: bool) -> SquadQuestion | None:
        """Return the question with the answers that are at their offsets; None if it cannot be used."""
        if question.id in self._seen:
            self.log.add(ProblemKind.DUPLICATE_QUERY, f"question {question.id}", "the id comes a second time")
            return None
        self._seen.add(question.id)
        answers = tuple(answer for answer in question.answers if self._stands(answer, question))
        if question.answers and not answers:
            return None
        if not answers and not impossible:
            what = "there is no answer, and the question is not marked as impossible"
            self.log.add(ProblemKind.NO_GOLD, f"question {question.id}", what)
            return None
        return replace(question, answers=answers)

    def _stands(self, answer: GoldSpan, question: SquadQuestion) -> bool:
        stands = bool(answer.text.strip()) and question.context[answer.start : answer.end] == answer.text
        if not stands:
            what = f"{answer.text!r} is not at offset {answer.start}"
            self.log.add(ProblemKind.OFFSET, f"question {question.id}", what)
        return stands


class _Reader(QuestionCheck):
    """Turns the JSON of articles into articles."""

    def article(self, raw: dict[str, Any], file: str) -> SquadArticle:
        title = raw.get("title") or file
        questions = [
            question
            for paragraph in raw["paragraphs"]
            for item in paragraph["qas"]
            if (question := self._question(item, title, paragraph["context"]))
        ]
        return SquadArticle(title, tuple(p["context"] for p in raw["paragraphs"]), tuple(questions))

    def _question(self, raw: dict[str, Any], title: str, context: str) -> SquadQuestion | None:
        # SQuAD 2.0 lists plausible but wrong answers under their own key; `answers` is empty for those questions.
        answers = dict.fromkeys(GoldSpan(answer["text"], answer["answer_start"]) for answer in raw.get("answers", []))
        question = SquadQuestion(str(raw["id"]), raw["question"], title, context, tuple(answers))
        return self.checked(question, impossible=bool(raw.get("is_impossible")))
