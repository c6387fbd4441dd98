"""Training an encoder from files: pairs, hard negatives, export, comparison with its base, card."""

from __future__ import annotations

import random
import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from carrel.datasets import RetrievalSet, held_out_titles, open_dataset
from carrel.datasets.problems import OnBad, Problems
from carrel.errors import UserError
from carrel.indexing.report import Progress
from carrel.measures.comparison import Comparison, compare_with_baseline
from carrel.models.locate import RUN
from carrel.models.sentence_encoder import load_encoder
from carrel.platform.paragraph_search import paragraph_search
from carrel.platform.ranking_comparison import RankedQuery, reciprocal_ranks
from carrel.platform.run_identity import holds_model_of, record_identity
from carrel.platform.trainable import MINILM, base_folder
from carrel.platform.training_data import squad_articles
from carrel.training.card import Ingredient, Metric, ModelCard, file_hash
from carrel.training.encoder import EncoderArguments, TrainingPair, train_encoder
from carrel.training.export import export_encoder
from carrel.training.negatives import pairs_with_negatives

_DISTRACTORS = 20_000
"""Passages that a held-out one is looked for among, at most."""


@dataclass(frozen=True, slots=True)
class EncoderRecipe:
    """Everything that decides an encoder; `negatives` is the number of wrong passages that every pair gets."""

    files: tuple[Path, ...]
    base: str = MINILM
    hold_out: int = 40
    negatives: int = 1
    judged: int = 1000
    name: str = "encoder"
    data_licence: str = "as the data's"
    on_bad: OnBad = "refuse"
    arguments: EncoderArguments = field(default_factory=EncoderArguments)

    @property
    def command(self) -> str:
        """The command line that runs this recipe again, in the folder of the data."""
        chosen = self.arguments
        options = {
            "base": Path(self.base).name,
            "hold-out": self.hold_out,
            "negatives": self.negatives,
            "epochs": chosen.epochs,
            "batch-size": chosen.batch_size,
            "mini-batch-size": chosen.mini_batch_size,
            "learning-rate": chosen.learning_rate,
            "max-tokens": chosen.max_tokens,
            "precision": chosen.precision,
            "seed": chosen.seed,
            "on-bad": self.on_bad,
        }
        words = ["carrel", "train", "encoder", *(path.name for path in self.files), "--out", self.name]
        return shlex.join([*words, *(str(word) for name, value in options.items() for word in (f"--{name}", value))])


@dataclass(frozen=True, slots=True)
class PairFile:
    """The pairs of a file by group (article, product or query), and what was left out of it."""

    path: Path
    pairs: dict[str, list[TrainingPair]]
    problems: Problems


def read_pairs(path: Path, *, on_bad: OnBad = "refuse") -> PairFile:
    """Read (question, passage) pairs: from SQuAD's or SubjQA's format, or a BEIR folder's split `train`.

    Raises:
        DataFormatError: the file is missing, malformed, or in another format.
        BadEntriesError: it has bad entries, and `on_bad` is "refuse".
    """
    dataset = open_dataset(path, "train" if path.is_dir() else None, on_bad=on_bad)
    problems = getattr(dataset, "problems", Problems())
    pairs: dict[str, list[TrainingPair]] = {}
    if isinstance(dataset, RetrievalSet):
        texts = {document.id: f"{document.title}\n{document.text}".strip() for document in dataset.documents}
        for query in dataset.queries:
            relevant = [name for name, grade in dataset.qrels.get(query.id, {}).items() if grade > 0 and name in texts]
            pairs[query.id] = [TrainingPair(query.text, texts[name]) for name in relevant]
        return PairFile(path, pairs, problems)
    for article in squad_articles(dataset):
        pairs[article.title] = [
            TrainingPair(asked.question, asked.context, answers=tuple(answer.text for answer in asked.answers))
            for asked in article.questions
            if asked.answers
        ]
    return PairFile(path, pairs, problems)


def make_trained_encoder(
    recipe: EncoderRecipe, out: Path, *, on_progress: Progress, device: str | None = None
) -> dict[str, float]:
    """Make an encoder in the folder `out`; returns what was measured on the held-out groups, beside the base.

    The run's state stands in `out/run`, so that a call after a kill goes on where the last one was.

    Raises:
        UserError: the files hold too few groups to hold some out, or `out/run` holds a model of another recipe.
        BadEntriesError: labels are wrong, and the recipe does not leave them out.
        MissingExtraError: torch is not installed.
    """
    files = [read_pairs(path, on_bad=recipe.on_bad) for path in recipe.files]
    groups = {(file.path.name, name): pairs for file in files for name, pairs in file.pairs.items() if pairs}
    held_out = set(held_out_titles(map("/".join, groups), recipe.hold_out))
    learned = [pair for name, pairs in groups.items() if "/".join(name) not in held_out for pair in pairs]
    judging = {name: pairs for name, pairs in groups.items() if "/".join(name) in held_out}
    if not learned or not judging:
        raise UserError(
            f"The files have questions about {len(groups)} texts: too few to train on some and hold {recipe.hold_out} "
            "out; take more, or a smaller --hold-out"
        )
    base, run = base_folder(recipe.base), out / RUN
    run.mkdir(parents=True, exist_ok=True)
    identity = _identity(recipe, base)
    if not holds_model_of(run, identity):
        _train(recipe, base, learned, run, on_progress, device)
        record_identity(run, identity)
    export_encoder(run, out, name=recipe.name)
    compared, means = _compared(recipe, base, out, judging, learned)
    metrics = {"MRR": means[1], "MRR of the base": means[0]}
    for name, value in zip(("low", "high"), (compared.difference.low, compared.difference.high), strict=True):
        metrics |= {} if value is None else {f"difference, {name}": value}
    _card(recipe, files, base, metrics, sorted(held_out), str(compared.verdict)).write(out)
    return metrics


def _train(
    recipe: EncoderRecipe,
    base: Path,
    learned: Sequence[TrainingPair],
    run: Path,
    on_progress: Progress,
    device: str | None,
) -> None:
    with paragraph_search(list(dict.fromkeys(pair.passage for pair in learned))) as search:
        pairs = pairs_with_negatives(learned, search, count=recipe.negatives, seed=recipe.arguments.seed)
    train_encoder(
        base,
        pairs,
        run,
        recipe.arguments,
        lambda done, total: on_progress("training", done, total, "steps"),
        device=device,
    )


def _compared(
    recipe: EncoderRecipe,
    base: Path,
    out: Path,
    judging: dict[tuple[str, str], list[TrainingPair]],
    learned: Sequence[TrainingPair],
) -> tuple[Comparison, tuple[float, float]]:
    """Compare the export with its base: each held-out question looks for its passage among all the files' passages."""
    own = [pair.passage for pairs in judging.values() for pair in pairs]
    corpus = list(dict.fromkeys([*own, *(pair.passage for pair in learned)]))[:_DISTRACTORS]
    row = {text: number for number, text in enumerate(corpus)}
    right: dict[str, list[str]] = {}
    for pairs in judging.values():
        for pair in pairs:
            right.setdefault(pair.query, []).append(pair.passage)
    queries = [
        RankedQuery("question", query, "", tuple(passages), tuple(row[text] for text in passages))
        for query, passages in right.items()
    ]
    chosen = random.Random(recipe.arguments.seed).sample(queries, min(recipe.judged, len(queries)))
    before, after = (reciprocal_ranks(load_encoder(folder), corpus, chosen) for folder in (base, out))
    compared = compare_with_baseline({"trained": [b - a for a, b in zip(before, after, strict=True)]})
    return compared["trained"], (sum(before) / len(before), sum(after) / len(after))


def _identity(recipe: EncoderRecipe, base: Path) -> dict[str, object]:
    return {
        "base": file_hash(base / "model.safetensors"),
        "data": [file_hash(file) for path in recipe.files for file in _files(path)],
        "hold_out": recipe.hold_out,
        "negatives": recipe.negatives,
        "arguments": asdict(recipe.arguments),
    }


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _card(
    recipe: EncoderRecipe,
    files: Sequence[PairFile],
    base: Path,
    metrics: dict[str, float],
    held_out: Sequence[str],
    verdict: str,
) -> ModelCard:
    data = tuple(
        Ingredient(path.name, "training data", recipe.data_licence, file_hash(path))
        for file in files
        for path in _files(file.path)
    )
    name = "all-MiniLM-L6-v2" if recipe.base == MINILM else Path(recipe.base).name
    left_out = sum(file.problems.total for file in files)
    return ModelCard(
        name=recipe.name,
        task="sentence embedding: passages and questions to unit vectors, compared by cosine",
        description=(
            "Trained contrastively: a question's passage is preferred to the other passages of its batch, and to "
            "passages that BM25 returns and that do not answer it."
        ),
        licence="as the base's and the data's",
        command=recipe.command,
        ingredients=(Ingredient(name, "base", "as the base's card says", file_hash(base / "model.safetensors")), *data),
        parameters={**asdict(recipe.arguments), "negatives": recipe.negatives, "hold_out": recipe.hold_out},
        metrics=tuple(Metric(name, value, f"{len(held_out)} texts held out") for name, value in metrics.items()),
        limits=(
            f"Against its base: {verdict}, by a paired randomisation test on the held-out questions.",
            *((f"{left_out} bad entries of the training data were left out.",) if left_out else ()),
        ),
        held_out=tuple(held_out),
    )
