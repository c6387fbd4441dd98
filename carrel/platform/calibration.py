"""Fitting a reader's confidence on questions that it was never trained on, asked of texts it has never seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from carrel.datasets.squad import SquadArticle, SquadQuestion, sample_questions
from carrel.indexing.report import Progress
from carrel.measures.answers import exact_match, token_f1
from carrel.models.manifest import ReaderManifest, read_manifest, write_manifest
from carrel.platform.platform import Platform
from carrel.readers.confidence import CONFIDENCE, Features, fit_confidence
from carrel.settings import AskSettings, ModelSettings, Settings

RIGHT = 0.5
"""Token F1 from which an answer counts as right."""

LOST = 0.02
"""Share of the right answers that the default null threshold may withhold."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """The first answer to a question: what the reader saw of it, and how right it is."""

    features: Features
    best_log_odds: float
    exact: float
    f1: float


def calibrate_reader(
    folder: Path, articles: Sequence[SquadArticle], *, name: str, count: int, seed: int, on_progress: Progress
) -> dict[str, float]:
    """Set the null threshold of the reader in `folder` and fit its confidence; returns what was measured.

    `count` questions, a seeded sample, are asked of the articles' own text through the default retriever. `name` says
    what the articles are.
    """
    questions = sample_questions([question for article in articles for question in article.questions], count, seed)
    # Article by article, so that cross-validation leaves whole articles out.
    questions.sort(key=lambda question: question.title)
    asked = ask_open_questions(folder, articles, questions, on_progress)
    right = [one for one in asked if one.f1 >= RIGHT]
    threshold = float(np.quantile([one.best_log_odds for one in right], LOST)) if right else 0.0
    manifest = read_manifest(folder, ReaderManifest).model_copy(update={"null_threshold": round(threshold, 3)})
    write_manifest(folder, manifest)
    confidence = fit_confidence(
        [(one.features, one.f1 >= RIGHT) for one in asked],
        reader=manifest.fingerprint,
        basis=f"{name}: {len(asked)} questions asked of the articles' text, right from token F1 {RIGHT}",
    )
    confidence.save(folder / CONFIDENCE)
    return {
        "open questions: exact match": float(np.mean([one.exact for one in asked])),
        "open questions: F1": float(np.mean([one.f1 for one in asked])),
        "confidence: expected calibration error": confidence.ece,
        "confidence: Brier score": confidence.brier,
        "null threshold": manifest.null_threshold,
    }


def ask_open_questions(
    reader: Path, articles: Sequence[SquadArticle], questions: Sequence[SquadQuestion], on_progress: Progress
) -> list[AskedQuestion]:
    """Ask the questions of a temporary collection that holds the articles; those without any answer are left out."""
    defaults = AskSettings()
    settings = Settings(models=ModelSettings(reader=str(reader)), ask=defaults)
    with TemporaryDirectory(prefix="carrel-calibration-") as temporary:
        texts = Path(temporary) / "articles"
        texts.mkdir()
        for number, article in enumerate(articles):
            (texts / f"{number:05d}.txt").write_text(f"{article.title}\n\n{article.text}", encoding="utf-8")
        with Platform(Path(temporary) / "home", settings=settings) as desk:
            desk.index(texts, on_progress=on_progress)
            asked = []
            for done, question in enumerate(questions, start=1):
                asked += _ask(desk, question, defaults.retriever_top_k)
                on_progress("calibrating", done, len(questions), "questions")
            return asked


def _ask(desk: Platform, question: SquadQuestion, passages: int) -> list[AskedQuestion]:
    documents = desk.retrieve(question.question, top_k=passages)
    reading = desk.reader.read(question.question, documents)
    if not reading.answers:
        return []
    text, golds = reading.answers[0].text, [gold.text for gold in question.answers]
    best = max(features["reader"] for features in reading.features)
    return [AskedQuestion(reading.features[0], best, exact_match(text, golds), token_f1(text, golds))]
