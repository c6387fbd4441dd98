"""From labelled articles to a reader that knows when not to answer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrel import Platform
from carrel.datasets import SquadSet
from carrel.errors import ModelError, UserError
from carrel.models.locate import find_model
from carrel.platform.calibration import calibrate_reader, fit_outcomes
from carrel.platform.outcomes import Outcome, ask_with_and_without, labelled_questions
from carrel.settings import ModelSettings, Settings
from tests.platform.rivers import articles


def quiet(stage: str, done: int, total: int | None, unit: str, now: str = "") -> None:
    """Show nothing."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("rivers")
    for article in articles():
        (folder / f"{article.title}.txt").write_text(article.text, encoding="utf-8")
    with Platform(tmp_path_factory.mktemp("home")) as platform:
        platform.index(folder)
        yield platform


@pytest.fixture(scope="module")
def outcomes(desk: Platform) -> list[Outcome]:
    return ask_with_and_without(desk, labelled_questions(SquadSet("rivers", tuple(articles()))), quiet)


def test_every_question_is_asked_with_its_article_and_without(outcomes: list[Outcome]) -> None:
    held = [outcome for outcome in outcomes if outcome.held]
    hidden = [outcome for outcome in outcomes if not outcome.held]
    assert len(held) == len(hidden) == 24
    assert sum(not outcome.wrong for outcome in held) > 18
    assert all(outcome.wrong for outcome in hidden)


def test_without_its_article_a_question_scores_lower(outcomes: list[Outcome]) -> None:
    mean = {held: sum(o.best_log_odds for o in outcomes if o.held is held) / 24 for held in (True, False)}
    assert mean[True] > mean[False] + 2


def test_labels_of_other_texts_are_refused(desk: Platform) -> None:
    (question,) = labelled_questions(SquadSet("other", tuple(articles()[:1])))[:1]
    with pytest.raises(UserError, match="No text that the questions are about"):
        ask_with_and_without(desk, [type(question)("q", "Who?", ("Not here.",), ("Not",), "other")], quiet)


def test_a_calibration_needs_two_documents(outcomes: list[Outcome]) -> None:
    with pytest.raises(UserError, match="two documents"):
        fit_outcomes([o for o in outcomes if o.question.group == "Paris"], reader="r@1", name="one")


def test_a_calibrated_reader_answers_at_a_risk(desk: Platform, tmp_path: Path) -> None:
    reader = tmp_path / "reader"
    shutil.copytree(find_model("carrel-reader"), reader)
    metrics = calibrate_reader(reader, articles()[:4], name="rivers", count=12, seed=0, on_progress=quiet)
    assert metrics["open questions: F1"] > 0.7
    with Platform(desk.home, settings=Settings(models=ModelSettings(reader=str(reader)))) as calibrated:
        # 12 outcomes prove no risk of a tenth, but one of nine tenths.
        strict, lax = (calibrated.ask("Which river does Paris stand on?", risk=risk) for risk in (0.1, 0.9))
        assert strict.abstained
        assert strict.limit is not None
        assert "Nothing can be answered at a risk of 10%" in strict.limit.statement
        assert lax.best is not None
        assert "Seine" in lax.best.text
        assert lax.limit is not None
        with pytest.raises(UserError, match="between 0 and 1"):
            calibrated.ask("Which river does Paris stand on?", risk=2)


def test_a_risk_without_a_calibration_is_one_clear_line(desk: Platform, tmp_path: Path) -> None:
    reader = tmp_path / "reader"
    shutil.copytree(find_model("carrel-reader"), reader)
    (reader / "risk.json").unlink(missing_ok=True)
    with (
        Platform(desk.home, settings=Settings(models=ModelSettings(reader=str(reader)))) as platform,
        pytest.raises(ModelError, match="carrel adapt confidence"),
    ):
        platform.ask("Which river does Paris stand on?", risk=0.1)
