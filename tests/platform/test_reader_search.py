"""The search for a reader's recipe: trials that are judged apart, survive a kill, and belong to one recipe."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from carrel.datasets import SquadSet
from carrel.datasets.squad import held_out_titles
from carrel.errors import UserError
from carrel.platform import reader_search
from carrel.platform.reader_recipe import ReaderRecipe
from carrel.platform.reader_search import Trial, search_recipe
from carrel.training.reader import ReaderArguments
from tests.eval.files import write_squad
from tests.models import tiny
from tests.platform.rivers import articles
from tests.platform.test_calibration import quiet

pytest.importorskip("torch")
pytest.importorskip("optuna")

pytestmark = pytest.mark.usefixtures("one_thread")

TITLES = [article.title for article in articles()]


@pytest.fixture
def recipe(tmp_path: Path) -> ReaderRecipe:
    labels = write_squad(tmp_path / "labels.json", SquadSet("rivers", tuple(articles())))
    arguments = ReaderArguments(
        epochs=4, batch_size=4, learning_rate=1e-3, max_tokens=64, stride=8, precision="fp32", evaluate_steps=2
    )
    base = tiny.save_bert(tmp_path / "tiny")
    return ReaderRecipe((labels,), base=str(base), hold_out=2, arguments=arguments)


def search(recipe: ReaderRecipe, folder: Path, trials: int, on_progress=quiet) -> tuple[ReaderRecipe, list[Trial]]:
    return search_recipe(recipe, folder, trials=trials, questions=12, on_progress=on_progress, device="cpu")


def test_the_best_of_the_trials_becomes_the_recipe(recipe: ReaderRecipe, tmp_path: Path) -> None:
    found, tried = search(recipe, tmp_path / "search", 4)
    assert len(tried) == 4
    assert tried[0].parameters == {
        "learning_rate": 1e-3,
        "batch_size": 4,
        "dropout": 0.0,
        "negatives": 0.25,
        "altered": 0.0,
    }
    best = max((one for one in tried if one.f1 is not None), key=lambda one: one.f1)
    assert found.arguments.learning_rate == best.parameters["learning_rate"]
    assert (found.negatives, found.altered) == (best.parameters["negatives"], best.parameters["altered"])
    assert len({json.dumps(dict(one.parameters)) for one in tried}) == 4
    assert "the best of 4 trials, each on 12 questions" in found.notes[0]
    assert [path.name for path in (tmp_path / "search").iterdir()] == ["trials.log"]


def test_articles_that_are_held_out_take_no_part(
    recipe: ReaderRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class SeenError(Exception):
        pass

    def train(_base, examples, *_, validation, **__):
        raise SeenError({one.title for one in examples}, {one.title for one in validation})

    monkeypatch.setattr(reader_search, "train_reader", train)
    with pytest.raises(SeenError) as seen:
        search(recipe, tmp_path / "search", 1)
    learned, judging = seen.value.args
    assert learned
    assert judging
    assert not learned & judging
    assert not (learned | judging) & set(held_out_titles(TITLES, 2))


def test_a_killed_search_goes_on_where_it_was(recipe: ReaderRecipe, tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    stages: list[str] = []

    def kill(stage: str, done: int, *_: object) -> None:
        if stage == "trial 2 of 3" and done == 5:
            raise KilledError

    def listen(stage: str, *_: object) -> None:
        stages.append(stage)

    with pytest.raises(KilledError):
        search(recipe, tmp_path / "search", 3, kill)
    _, tried = search(recipe, tmp_path / "search", 3, listen)
    assert stages[0] == "trial 2 of 3"
    assert len(tried) == 3
    stages.clear()
    assert search(recipe, tmp_path / "search", 3, listen)[1] == tried
    assert stages == []


def test_the_search_of_another_recipe_is_refused(recipe: ReaderRecipe, tmp_path: Path) -> None:
    search(recipe, tmp_path / "search", 1)
    with pytest.raises(UserError, match="the search of another recipe"):
        search(dataclasses.replace(recipe, hold_out=1), tmp_path / "search", 1)


def test_too_few_articles(recipe: ReaderRecipe, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="too few to hold 7 out, learn from some and judge by others"):
        search(dataclasses.replace(recipe, hold_out=len(TITLES) - 1), tmp_path / "search", 1)
