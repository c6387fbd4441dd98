"""Searching for the recipe of a reader: trials on some of the questions, judged by articles that nothing else uses.

Optuna (Akiba et al. 2019) proposes parameters by a tree-structured Parzen estimator and ends a trial that does worse
than most did at the same step. Its journal stands in the search's folder, so that a search that was killed goes on.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from carrel.datasets.squad import SquadArticle, SquadQuestion, held_out_titles, sample_questions
from carrel.errors import MissingExtraError, UserError
from carrel.indexing.report import Progress
from carrel.models.span_reader import load_span_model
from carrel.platform.reader_recipe import ReaderRecipe, recipe_identity, told_steps, training_questions
from carrel.platform.trainable import base_folder
from carrel.platform.training_data import read_labelled
from carrel.training.reader import best_span_f1, check_reads, train_reader

if TYPE_CHECKING:
    import optuna

JUDGING = 500
"""Questions that judge a trial; half of them are asked of a passage that does not answer them, too."""

_SIZES = (16, 32, 64)
_JOURNAL = "trials.log"
_STUDY = "reader"
_IDENTITY = "identity"

Parameters = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Trial:
    """Parameters that were tried: `f1` is the mean token F1 in [0, 1], None where the trial was ended early."""

    parameters: Parameters
    f1: float | None


def search_recipe(
    recipe: ReaderRecipe,
    folder: Path,
    *,
    trials: int,
    questions: int,
    on_progress: Progress,
    device: str | None = None,
) -> tuple[ReaderRecipe, list[Trial]]:
    """Try the recipe, then others, `trials` in all; returns the best of them and what was tried, in order.

    Searched are learning rate, batch size, dropout and the shares of wrong passages and altered questions. A trial
    learns from `questions` questions. Articles that the recipe holds out take no part.

    Raises:
        UserError: there are too few articles, or `folder` holds the search of another recipe.
        BadEntriesError: labels are wrong, and the recipe does not leave them out.
        ModelError: there is no such base, or it is no span reader, whose weights could be kept in part.
        MissingExtraError: torch or Optuna is not installed.
    """
    base = base_folder(recipe.base)
    if recipe.base_share:
        check_reads(base)
    study = _study(folder, {**recipe_identity(recipe), "questions": questions}, recipe.arguments.seed)
    learned, judging = _divided(recipe, questions)
    if not study.trials:
        study.enqueue_trial(_parameters(recipe))
    _take_up(study)
    trainer = _Trainer(recipe, base, folder, learned, judging, device)
    while (done := len(_finished(study))) < trials:
        trainer.run(study, told_steps(on_progress, f"trial {done + 1} of {trials}"))
    best = study.best_trial
    note = (
        f"Learning rate, batch size, dropout and the shares of negatives and altered questions are the best of "
        f"{trials} trials, each on {questions} questions: token F1 {best.value:.3f} on {len(judging)} questions about "
        "other articles, about a third of them without an answer."
    )
    found = _with(recipe, best.params)
    return replace(found, notes=(*recipe.notes, note)), [_tried(recipe, one) for one in _finished(study)]


def _divided(recipe: ReaderRecipe, questions: int) -> tuple[list[SquadArticle], list[SquadQuestion]]:
    """Return the articles to learn from, with so many questions, and the questions of others that judge."""
    articles = [article for file in read_labelled(recipe.files, on_bad=recipe.on_bad) for article in file.articles]
    held_out = set(held_out_titles((article.title for article in articles), recipe.hold_out))
    others = [article for article in articles if article.title not in held_out and article.questions]
    count = min(max(recipe.hold_out, 1), len(others) // 2)
    judges = set(held_out_titles((article.title for article in others), count))
    judging = [article for article in others if article.title in judges]
    learned = [article for article in others if article.title not in judges]
    if not learned or not judging:
        raise UserError(
            f"{len(articles)} articles are too few to hold {recipe.hold_out} out, learn from some and judge by others"
        )
    seed = recipe.arguments.seed
    asked = training_questions(_some(judging, JUDGING, seed), replace(recipe, negatives=0.5, altered=0.0))
    return _some(learned, questions, seed), asked


def _some(articles: Sequence[SquadArticle], count: int, seed: int) -> list[SquadArticle]:
    """Return the articles with `count` of their questions; all paragraphs stay, to find wrong ones among."""
    asked = [question for article in articles for question in article.questions]
    chosen = {id(question) for question in sample_questions(asked, count, seed)}
    return [
        replace(article, questions=tuple(one for one in article.questions if id(one) in chosen)) for article in articles
    ]


def _study(folder: Path, identity: Mapping[str, object], seed: int) -> optuna.Study:
    try:
        import optuna
        from optuna.storages.journal import JournalFileBackend
    except ImportError as error:
        raise MissingExtraError("searching for a recipe", "optuna") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folder.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        study_name=_STUDY,
        storage=optuna.storages.JournalStorage(JournalFileBackend(str(folder / _JOURNAL))),
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
        load_if_exists=True,
    )
    recorded = study.user_attrs.get(_IDENTITY)
    if recorded is None:
        study.set_user_attr(_IDENTITY, identity)
    elif recorded != json.loads(json.dumps(identity)):
        raise UserError(f"{folder} holds the search of another recipe: remove it, or name another folder with --out")
    # A search that goes on must not draw again what it has drawn.
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials))
    return study


def _take_up(study: optuna.Study) -> None:
    """Let trials that were cut off be tried again: their runs stand in folders named by their parameters."""
    from optuna.trial import TrialState

    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
        if trial.params:
            study.enqueue_trial(trial.params)


def _finished(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    from optuna.trial import TrialState

    return study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))


@dataclass(frozen=True, slots=True)
class _Trainer:
    """What all trials have in common."""

    recipe: ReaderRecipe
    base: Path
    folder: Path
    learned: Sequence[SquadArticle]
    judging: Sequence[SquadQuestion]
    device: str | None

    def run(self, study: optuna.Study, on_step: Callable[[int, int, float], None]) -> None:
        """Train and judge with the parameters that the study proposes, and tell it."""
        import optuna

        trial = study.ask()
        tried = _with(self.recipe, _proposed(trial, self.recipe))
        run = self.folder / hashlib.sha256(json.dumps(trial.params, sort_keys=True).encode()).hexdigest()[:16]

        def on_score(step: int, f1: float) -> None:
            trial.report(f1, step)
            if trial.should_prune():
                raise optuna.TrialPruned

        try:
            train_reader(
                self.base,
                training_questions(self.learned, tried),
                run,
                tried.arguments,
                on_step,
                validation=self.judging,
                on_score=on_score,
                base_share=self.recipe.base_share,
                device=self.device,
            )
            study.tell(trial, best_span_f1(load_span_model(run, device=self.device), self.judging))
        except optuna.TrialPruned:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        shutil.rmtree(run)


def _tried(recipe: ReaderRecipe, trial: optuna.trial.FrozenTrial) -> Trial:
    ended_early = trial.state.name == "PRUNED"
    return Trial(_parameters(_with(recipe, trial.params)), None if ended_early else trial.value)


def _parameters(recipe: ReaderRecipe) -> dict[str, float]:
    arguments = recipe.arguments
    return {
        "learning_rate": arguments.learning_rate,
        "batch_size": arguments.batch_size,
        "dropout": arguments.dropout,
        "negatives": recipe.negatives,
        "altered": recipe.altered,
    }


def _proposed(trial: optuna.Trial, recipe: ReaderRecipe) -> dict[str, float]:
    """Let the study choose within bounds around the recipe's own parameters."""
    rate, sizes = recipe.arguments.learning_rate, sorted({*_SIZES, recipe.arguments.batch_size})
    return {
        "learning_rate": trial.suggest_float("learning_rate", rate / 4, rate * 4, log=True),
        "batch_size": trial.suggest_categorical("batch_size", sizes),
        "dropout": trial.suggest_float("dropout", 0, max(0.3, recipe.arguments.dropout)),
        "negatives": trial.suggest_float("negatives", 0, max(0.5, recipe.negatives)),
        "altered": trial.suggest_float("altered", 0, max(0.3, recipe.altered)),
    }


def _with(recipe: ReaderRecipe, parameters: Parameters) -> ReaderRecipe:
    """Return the recipe with these parameters, rounded to what a command line can say and a person remember."""
    arguments = replace(
        recipe.arguments,
        learning_rate=float(f"{parameters['learning_rate']:.3g}"),
        batch_size=int(parameters["batch_size"]),
        dropout=round(parameters["dropout"], 3),
    )
    negatives, altered = round(parameters["negatives"], 3), round(parameters["altered"], 3)
    return replace(recipe, arguments=arguments, negatives=negatives, altered=altered)
