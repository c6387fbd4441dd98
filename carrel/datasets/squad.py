"""SQuAD 1.1 and 2.0 JSON (https://rajpurkar.github.io/SQuAD-explorer/), plain or gzipped."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carrel.datasets.files import reading
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
    """The articles of one file."""

    name: str
    articles: tuple[SquadArticle, ...]

    @property
    def questions(self) -> list[SquadQuestion]:
        """All questions, in file order."""
        return [question for article in self.articles for question in article.questions]


def read_squad_set(path: Path | str) -> SquadSet:
    """Read a SQuAD file as `read_squad` does; the set is named like the file."""
    path = Path(path)
    return SquadSet(path.name.removesuffix(".gz").removesuffix(".json"), tuple(read_squad(path)))


def read_squad(path: Path | str) -> list[SquadArticle]:
    """Read every article of a SQuAD file, in file order.

    Raises:
        DataFormatError: the file is missing, is no SQuAD JSON, or an answer is not at its offset.
    """
    path = Path(path)
    try:
        with reading(path) as handle:
            articles = json.load(handle)["data"]
        return [_article(raw, path) for raw in articles]
    except json.JSONDecodeError as error:
        raise DataFormatError(f"{path}, line {error.lineno}: not JSON: {error.msg}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise DataFormatError(f"{path} is JSON, but not SQuAD: {type(error).__name__}: {error}") from error


def held_out_titles(titles: Iterable[str], count: int = 40, seed: int = 0) -> list[str]:
    """Choose the articles that are never trained on: a seeded sample of the sorted titles."""
    ordered = sorted(set(titles))
    return sorted(random.Random(seed).sample(ordered, min(count, len(ordered))))


def sample_questions(questions: Sequence[SquadQuestion], count: int, seed: int = 0) -> list[SquadQuestion]:
    """Take a seeded sample of `count` questions (all of them, in order, if there are no more)."""
    if count >= len(questions):
        return list(questions)
    return random.Random(seed).sample(list(questions), count)


def _article(raw: dict[str, Any], path: Path) -> SquadArticle:
    title = raw.get("title") or path.stem
    questions = [
        _question(item, title, paragraph["context"], path)
        for paragraph in raw["paragraphs"]
        for item in paragraph["qas"]
    ]
    return SquadArticle(title, tuple(p["context"] for p in raw["paragraphs"]), tuple(questions))


def _question(raw: dict[str, Any], title: str, context: str, path: Path) -> SquadQuestion:
    # SQuAD 2.0 lists plausible but wrong answers under their own key; `answers` is empty for those questions.
    answers = tuple(
        dict.fromkeys(GoldSpan(answer["text"], answer["answer_start"]) for answer in raw.get("answers", []))
    )
    for answer in answers:
        if context[answer.start : answer.end] != answer.text:
            raise DataFormatError(f"{path}: question {raw['id']}: {answer.text!r} is not at offset {answer.start}")
    return SquadQuestion(str(raw["id"]), raw["question"], title, context, answers)
