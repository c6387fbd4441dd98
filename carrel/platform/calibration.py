"""Calibrating a reader on questions that it was never trained on, asked of texts it has never seen.

Every question is asked twice: of all the texts, and with the article hidden that it is about, where any answer is
wrong. The confidence is fitted on every third article by title; the risk's calibration keeps the others, since a
threshold is only proven on questions that had no part in what it is a threshold of.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from carrel.datasets import Dataset
from carrel.datasets.squad import SquadArticle, SquadSet, sample_questions
from carrel.errors import UserError
from carrel.indexing.report import Progress
from carrel.models.manifest import ReaderManifest, read_manifest, write_manifest
from carrel.platform.outcomes import RIGHT, LabelledQuestion, Outcome, ask_with_and_without, labelled_questions
from carrel.platform.own_models import name_own, own_folder
from carrel.platform.platform import Platform
from carrel.readers.confidence import CONFIDENCE, Confidence, fit_confidence
from carrel.readers.risk import RISK, RiskCalibration, calibrate_risk
from carrel.settings import ModelSettings, Settings

_FIT = 3
"""Every so many-th document is for fitting the confidence, which needs fewer questions than a proof."""

LOST = 0.02
"""Share of the right answers that the default null threshold may withhold."""


def calibrate_reader(
    folder: Path, articles: Sequence[SquadArticle], *, name: str, count: int, seed: int, on_progress: Progress
) -> dict[str, float]:
    """Set the null threshold of the reader in `folder`, fit its confidence and risk; returns what was measured.

    `count` questions, a seeded sample, are asked of the articles' own text through the default retriever. `name` says
    what the articles are.
    """
    questions = sample_questions([question for article in articles for question in article.questions], count, seed)
    chosen = {question.id for question in questions}
    asked = [question for question in labelled_questions(SquadSet(name, tuple(articles))) if question.id in chosen]
    outcomes = _ask_articles(folder, articles, asked, on_progress)
    held = [outcome for outcome in outcomes if outcome.held]
    manifest = set_null_threshold(folder, outcomes)
    confidence, risk = fit_outcomes(outcomes, reader=manifest.fingerprint, name=name)
    save_calibration(folder, confidence, risk)
    return {
        "open questions: exact match": float(np.mean([outcome.exact for outcome in held])),
        "open questions: F1": float(np.mean([outcome.f1 for outcome in held])),
        "confidence: expected calibration error": confidence.ece,
        "confidence: Brier score": confidence.brier,
        "coverage at the risk .1": risk.limit(0.1).coverage,
        "null threshold": manifest.null_threshold,
    }


def set_null_threshold(folder: Path, outcomes: Sequence[Outcome]) -> ReaderManifest:
    """Write the threshold that withholds the share `LOST` of the right answers into the reader's manifest."""
    right = [outcome.best_log_odds for outcome in outcomes if outcome.held and not outcome.wrong]
    threshold = float(np.quantile(right, LOST)) if right else 0.0
    manifest = read_manifest(folder, ReaderManifest).model_copy(update={"null_threshold": round(threshold, 3)})
    write_manifest(folder, manifest)
    return manifest


def calibrate_adapted(
    desk: Platform, folder: Path, questions: Sequence[LabelledQuestion], *, name: str, on_progress: Progress
) -> str:
    """Calibrate a reader that was made for a collection, before it is used there; returns what came of it, for people.

    Too few questions leave it without confidence and risk, which the collection's reader before may have had.
    """
    models = desk.settings.models.model_copy(update={"reader": str(folder)})
    ask = desk.settings.ask.model_copy(update={"confidence": None})
    settings = desk.settings.model_copy(update={"models": models, "ask": ask, "collections": {}})
    try:
        with Platform(desk.home, collection=desk.collection, settings=settings) as other:
            outcomes = ask_with_and_without(other, questions, on_progress)
        manifest = set_null_threshold(folder, outcomes)
        confidence, risk = fit_outcomes(outcomes, reader=manifest.fingerprint, name=name)
    except UserError as error:
        return f"It has no calibration, so that its answers have no confidence: {error}"
    save_calibration(folder, confidence, risk)
    return f"Its confidence and risk are calibrated on {risk.basis}."


def calibrate_collection(desk: Platform, dataset: Dataset, *, on_progress: Progress) -> dict[str, float | str]:
    """Fit confidence and risk on labels of a collection and use them for it; returns what was measured.

    Raises:
        UserError: the labels are about texts that the collection does not hold, or are too few.
    """
    outcomes = ask_with_and_without(desk, labelled_questions(dataset), on_progress)
    desk.reader.warm_up()
    confidence, risk = fit_outcomes(outcomes, reader=desk.reader.fingerprint, name=dataset.name)
    folder = own_folder(desk.home, desk.collection, "confidence")
    save_calibration(folder, confidence, risk)
    name_own(desk.home, desk.collection, "confidence", folder / CONFIDENCE)
    return {
        "calibration": str(folder),
        "basis": risk.basis,
        "expected calibration error": confidence.ece,
        "coverage at the risk .1": risk.limit(0.1).coverage,
        "coverage at the risk .2": risk.limit(0.2).coverage,
    }


def fit_outcomes(outcomes: Sequence[Outcome], *, reader: str, name: str) -> tuple[Confidence, RiskCalibration]:
    """Fit the confidence on half of the documents, and keep what the other half shows of the risk.

    Raises:
        UserError: there are too few questions, or all right or all wrong in one half.
    """
    place = {group: number for number, group in enumerate(sorted({outcome.question.group for outcome in outcomes}))}
    if len(place) < 2:
        raise UserError("A calibration needs questions about two documents or more: one half fits, the other proves")
    # Document by document, so that cross-validation leaves whole documents out.
    ordered = sorted(outcomes, key=lambda outcome: outcome.question.group)
    fitted = [outcome for outcome in ordered if place[outcome.question.group] % _FIT == 0]
    proving = [outcome for outcome in ordered if place[outcome.question.group] % _FIT]
    confidence = fit_confidence(
        [(outcome.features, not outcome.wrong) for outcome in fitted],
        reader=reader,
        basis=_basis(name, fitted),
    )
    kept = [(confidence.probability(outcome.features), outcome.wrong, outcome.question.group) for outcome in proving]
    return confidence, calibrate_risk(confidence, kept, basis=_basis(name, proving))


def save_calibration(folder: Path, confidence: Confidence, risk: RiskCalibration) -> None:
    """Write both files into a folder, where the reader looks for them."""
    folder.mkdir(parents=True, exist_ok=True)
    confidence.save(folder / CONFIDENCE)
    risk.save(folder / RISK)


def _basis(name: str, outcomes: Sequence[Outcome]) -> str:
    held = sum(outcome.held for outcome in outcomes)
    return (
        f"{name}: {held} questions whose text is in the collection and {len(outcomes) - held} whose text is not; "
        f"right from token F1 {RIGHT}"
    )


def _ask_articles(
    reader: Path, articles: Sequence[SquadArticle], questions: Sequence[LabelledQuestion], on_progress: Progress
) -> list[Outcome]:
    """Ask the questions of a temporary collection that holds the articles."""
    settings = Settings(models=ModelSettings(reader=str(reader)))
    with TemporaryDirectory(prefix="carrel-calibration-") as temporary:
        texts = Path(temporary) / "articles"
        texts.mkdir()
        for number, article in enumerate(articles):
            (texts / f"{number:05d}.txt").write_text(f"{article.title}\n\n{article.text}", encoding="utf-8")
        with Platform(Path(temporary) / "home", settings=settings) as desk:
            desk.index(texts, on_progress=on_progress)
            return ask_with_and_without(desk, questions, on_progress)
