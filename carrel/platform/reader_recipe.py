"""The recipe of a reader: train, export, calibrate, measure, write the card. `carrel train reader` runs it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from carrel.datasets.problems import OnBad
from carrel.datasets.squad import SquadArticle, SquadQuestion, held_out_titles, sample_questions
from carrel.errors import UserError
from carrel.indexing.report import Progress
from carrel.measures.answers import exact_match, token_f1
from carrel.models.span_reader import load_span_model
from carrel.platform.calibration import calibrate_reader
from carrel.platform.paragraph_search import paragraph_search
from carrel.platform.run_identity import IDENTITY, holds_model_of, record_identity
from carrel.platform.trainable import MINILM, base_folder
from carrel.platform.training_data import LabelledFile, read_labelled
from carrel.training.altered_questions import altered_questions
from carrel.training.card import Ingredient, Metric, ModelCard, file_hash
from carrel.training.export import export_reader
from carrel.training.negatives import hard_negatives
from carrel.training.reader import ReaderArguments, check_reads, train_reader

_VALIDATION = 500
"""Questions of the held-out articles that early stopping looks at."""


@dataclass(frozen=True, slots=True)
class ReaderRecipe:
    """Everything that decides a reader.

    `negatives` is the share of questions paired with a wrong passage, `altered` the share that is asked of its own
    passage once more, changed so that it has no answer there, `base_share` the share of the base's weights in the mean
    of them and the trained ones that is saved.
    """

    files: tuple[Path, ...]
    base: str = MINILM
    hold_out: int = 40
    negatives: float = 0.25
    altered: float = 0.0
    base_share: float = 0.0
    measured_questions: int = 2000
    name: str = "carrel-reader"
    data_licence: str = "CC BY-SA 4.0"
    on_bad: OnBad = "refuse"
    notes: tuple[str, ...] = ()
    arguments: ReaderArguments = field(default_factory=ReaderArguments)

    @property
    def command(self) -> str:
        """The command line that runs this recipe again, in the folder of the data."""
        arguments = self.arguments
        options: dict[str, object] = {
            "base": Path(self.base).name,
            "hold-out": self.hold_out,
            "negatives": self.negatives,
            "epochs": arguments.epochs,
            "batch-size": arguments.batch_size,
            "learning-rate": arguments.learning_rate,
            "dropout": arguments.dropout,
            "max-tokens": arguments.max_tokens,
            "stride": arguments.stride,
            "precision": arguments.precision,
            "seed": arguments.seed,
            "on-bad": self.on_bad,
        }
        if self.altered:
            options |= {"altered": self.altered}
        if self.base_share:
            options |= {"base-share": self.base_share}
        if arguments.patience:
            options |= {"patience": arguments.patience}
        if arguments.teacher:
            options |= {"teacher": arguments.teacher, "teacher-weight": arguments.teacher_weight}
            options |= {"temperature": arguments.temperature}
        words = ["carrel", "train", "reader", *(path.name for path in self.files), "--out", self.name]
        return shlex.join([*words, *(str(word) for name, value in options.items() for word in (f"--{name}", value))])


def make_reader(
    recipe: ReaderRecipe, out: Path, *, on_progress: Progress, device: str | None = None
) -> dict[str, float]:
    """Make a reader in the folder `out`; returns its metrics on the held-out articles.

    The run's state stands in `out/run`, so that a call after a kill goes on where the last one was.

    Raises:
        UserError: the files hold too few articles to hold some out, or `out/run` holds a model of another recipe.
        BadEntriesError: labels are wrong, and the recipe does not leave them out.
        ModelError: there is no such base, or it is no span reader, whose weights could be kept in part.
        MissingExtraError: torch is not installed.
    """
    base = base_folder(recipe.base)
    if recipe.base_share:
        check_reads(base)
    files = read_labelled(recipe.files, on_bad=recipe.on_bad)
    articles = [article for file in files for article in file.articles]
    titles = held_out_titles((article.title for article in articles), recipe.hold_out)
    held_out = [article for article in articles if article.title in titles]
    trained = [article for article in articles if article.title not in titles]
    if not trained or not held_out:
        raise UserError(f"{len(articles)} articles are too few to train on some and hold {recipe.hold_out} out")
    run = out / "run"
    run.mkdir(parents=True, exist_ok=True)
    count, seed = recipe.measured_questions, recipe.arguments.seed
    if not is_finished(run, recipe):
        validation = _sample(held_out, _VALIDATION, seed) if recipe.arguments.patience else []
        examples = training_questions(trained, recipe)
        train_reader(
            base,
            examples,
            run,
            recipe.arguments,
            told_steps(on_progress),
            validation=validation,
            base_share=recipe.base_share,
            device=device,
        )
        record_identity(run, recipe_identity(recipe))
    export_reader(run, out, name=recipe.name)
    name = f"{', '.join(path.name for path in recipe.files)}, {len(held_out)} articles held out"
    metrics = measure_given_paragraph(out, held_out, count=count, seed=seed, on_progress=on_progress)
    metrics |= calibrate_reader(out, held_out, name=name, count=count, seed=seed, on_progress=on_progress)
    reader_card(recipe, files, metrics, titles, name).write(out)
    return metrics


def is_finished(run: Path, recipe: ReaderRecipe) -> bool:
    """Tell whether the folder of a run holds the model that this recipe makes.

    Raises:
        UserError: it holds a model of another recipe.
    """
    wanted = recipe_identity(recipe)
    if not (run / "model.safetensors").is_file() or (run / IDENTITY).is_file():
        return holds_model_of(run, wanted)
    # Runs of the first version recorded their arguments only.
    found = json.loads((run / "arguments.json").read_text(encoding="utf-8"))
    arguments = {**found, **asdict(recipe.arguments)}
    return holds_model_of(run, {"arguments": arguments}, {"arguments": {**asdict(ReaderArguments()), **found}})


def recipe_identity(recipe: ReaderRecipe) -> dict[str, object]:
    """Return everything that decides the weights: hashes of base and data, and all parameters."""
    identity: dict[str, object] = {
        "base": file_hash(base_folder(recipe.base) / "model.safetensors"),
        "data": [file_hash(path) for path in recipe.files],
        "hold_out": recipe.hold_out,
        "negatives": recipe.negatives,
        "arguments": asdict(recipe.arguments),
    }
    # Only where there are some: a run of the time before still is the run of its recipe.
    later = {"altered": recipe.altered, "base_share": recipe.base_share}
    return identity | {name: share for name, share in later.items() if share}


def training_questions(articles: Sequence[SquadArticle], recipe: ReaderRecipe) -> list[SquadQuestion]:
    """Return the articles' questions and those without an answer that the recipe asks for."""
    questions = [question for article in articles for question in article.questions]
    seed = recipe.arguments.seed
    altered = altered_questions(questions, share=recipe.altered, seed=seed)
    if not recipe.negatives:
        return questions + altered
    paragraphs = list(dict.fromkeys(paragraph for article in articles for paragraph in article.paragraphs))
    with paragraph_search(paragraphs) as search:
        return questions + altered + hard_negatives(questions, search, share=recipe.negatives, seed=seed)


def measure_given_paragraph(
    folder: Path, articles: Sequence[SquadArticle], *, count: int, seed: int, on_progress: Progress
) -> dict[str, float]:
    """Measure exact match and F1 of the best span of each question's own paragraph."""
    model = load_span_model(str(folder))
    questions = _sample([article for article in articles if article.questions], count, seed)
    exact, f1 = [], []
    for done, question in enumerate(questions, start=1):
        spans = model.read(question.question, [question.context], count=1)[0]
        text = question.context[spans[0].start : spans[0].end] if spans else ""
        golds = [gold.text for gold in question.answers]
        exact.append(exact_match(text, golds))
        f1.append(token_f1(text, golds))
        on_progress("measuring", done, len(questions), "questions")
    return {"given the paragraph: exact match": float(np.mean(exact)), "given the paragraph: F1": float(np.mean(f1))}


def reader_card(
    recipe: ReaderRecipe,
    files: Sequence[LabelledFile],
    metrics: dict[str, float],
    held_out: Sequence[str],
    measured_on: str,
) -> ModelCard:
    """Return the card of a reader made by this recipe."""
    data = [
        Ingredient(file.path.name, "training data", file.licence or recipe.data_licence, file_hash(file.path))
        for file in files
    ]
    left_out = sum(file.problems.total for file in files)
    weights = base_folder(recipe.base) / "model.safetensors"
    name = "all-MiniLM-L6-v2" if recipe.base == MINILM else Path(recipe.base).name
    base = Ingredient(name, "base", "Apache-2.0", file_hash(weights))
    return ModelCard(
        name=recipe.name,
        task="extractive question answering: the span of a passage that answers a question, or none",
        description=(
            "A six-layer encoder with a start and an end logit for every token. Windows without the answer point at "
            "their first token, whose score is the null score that spans are compared with."
        ),
        licence="Apache-2.0",
        command=recipe.command,
        ingredients=(base, *data),
        parameters={
            **asdict(recipe.arguments),
            "negatives": recipe.negatives,
            "altered": recipe.altered,
            "base_share": recipe.base_share,
            "hold_out": recipe.hold_out,
        },
        metrics=tuple(Metric(name, value, measured_on) for name, value in metrics.items()),
        limits=(
            *((f"{left_out} labels of the training data were wrong and were left out.",) if left_out else ()),
            "English; trained on Wikipedia paragraphs and questions that people wrote while seeing them.",
            "Finds spans of up to 30 tokens; it does not count, compare or combine.",
            "Its confidence holds for questions like those it was fitted on; other collections need their own labels.",
        ),
        held_out=tuple(held_out),
        notes=recipe.notes,
    )


def _sample(articles: Sequence[SquadArticle], count: int, seed: int) -> list[SquadQuestion]:
    answerable = [question for article in articles for question in article.questions if question.answers]
    return sample_questions(answerable, count, seed)


def told_steps(on_progress: Progress, stage: str = "training") -> Callable[[int, int, float], None]:
    """Return what tells of a reader's steps as those of a stage."""
    return lambda done, total, _: on_progress(stage, done, total, "steps")
