"""carrel train."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from carrel.cli import options
from carrel.cli.output import emit_json, shown_progress, table

if TYPE_CHECKING:
    from carrel.datasets.problems import OnBad
    from carrel.platform.reader_search import Trial

PATIENCE = "Measure on held-out questions every 250 steps; stop after so many without a new best (0: never)."
TRIALS = "Recipes to try before, on some of the questions; the best is trained on all (needs carrel[optuna])."
MINI_BATCH = "Texts encoded at a time: saves memory at large batches (0: the whole batch)."
_device = click.option("--device", help="cpu, cuda, ... (default: the GPU if there is one).")
_seed = click.option("--seed", default=0, show_default=True, type=int)
_on_bad = click.option(
    "--on-bad",
    default="refuse",
    show_default=True,
    type=click.Choice(["refuse", "skip"]),
    help="What to do with wrong labels and repeated ids: stop, or leave them out.",
)


@click.group("train")
def command() -> None:
    """Train the models that Carrel uses (needs carrel[torch])."""


@command.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the model.")
@click.option("--base", default="minilm", show_default=True, help="Encoder to start from: 'minilm' or a model folder.")
@click.option("--hold-out", default=40, show_default=True, type=click.IntRange(0), help="Articles never trained on.")
@options.share("--negatives", 0.25, "Share of the questions paired with a retrieved passage that does not answer them.")
@options.share(
    "--altered",
    0.0,
    "Share of the questions asked once more of their passage, changed so that it does not answer them.",
)
@options.share("--base-share", 0.0, "Share of the base's weights in the mean of them and the trained ones.")
@click.option("--epochs", default=1.0, show_default=True, type=click.FloatRange(0, min_open=True))
@click.option("--batch-size", default=32, show_default=True, type=click.IntRange(1))
@click.option("--learning-rate", default=1e-4, show_default=True, type=click.FloatRange(0, min_open=True))
@click.option("--dropout", default=0.0, show_default=True, type=click.FloatRange(0, 1, max_open=True))
@click.option("--max-tokens", default=256, show_default=True, type=click.IntRange(32, 512), help="Longest window.")
@click.option("--stride", default=96, show_default=True, type=click.IntRange(0), help="Tokens that windows share.")
@click.option("--precision", default="bf16", show_default=True, type=click.Choice(["bf16", "fp32"]))
@click.option("--patience", default=0, show_default=True, type=click.IntRange(0), help=PATIENCE)
@click.option("--teacher", default="", help="Larger reader to learn from as well: a folder or a hub name.")
@click.option("--teacher-weight", default=0.5, show_default=True, type=click.FloatRange(0, 1))
@click.option("--temperature", default=2.0, show_default=True, type=click.FloatRange(0, min_open=True))
@click.option("--trials", default=0, show_default=True, type=click.IntRange(0), help=TRIALS)
@click.option("--trial-questions", default=8000, show_default=True, type=click.IntRange(1), help="Questions a trial.")
@_device
@_seed
@_on_bad
@click.option("--note", "notes", multiple=True, help="A paragraph for the model card; may come again.")
@options.as_json
def reader(  # one argument per option
    files: tuple[Path, ...],
    out: Path,
    base: str,
    hold_out: int,
    negatives: float,
    altered: float,
    base_share: float,
    epochs: float,
    batch_size: int,
    learning_rate: float,
    dropout: float,
    max_tokens: int,
    stride: int,
    precision: str,
    patience: int,
    teacher: str,
    teacher_weight: float,
    temperature: float,
    trials: int,
    trial_questions: int,
    device: str | None,
    seed: int,
    on_bad: OnBad,
    notes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Train a span reader on labels and make it ready to use.

    FILEs are in SQuAD's format ('carrel labels export' writes it) or SubjQA's, in any mix. Labels that do not fit their
    text are counted and listed, and refused unless told otherwise.

    The state of the run stands in OUT: the same command continues it after a kill. When it is done, OUT holds the
    exported model, its confidence and its card; name the folder as CARREL_MODELS__READER to use it.
    """
    from carrel.platform.reader_recipe import ReaderRecipe, make_reader
    from carrel.training.reader import ReaderArguments

    recipe = ReaderRecipe(
        files=files,
        base=base,
        hold_out=hold_out,
        negatives=negatives,
        altered=altered,
        base_share=base_share,
        on_bad=on_bad,
        notes=notes,
        arguments=ReaderArguments(
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            dropout=dropout,
            max_tokens=max_tokens,
            stride=stride,
            precision=precision,
            patience=patience,
            teacher=teacher,
            teacher_weight=teacher_weight,
            temperature=temperature,
            seed=seed,
        ),
    )
    tried: list[Trial] = []
    if trials:
        from carrel.platform.reader_search import search_recipe

        with shown_progress() as progress:
            recipe, tried = search_recipe(
                recipe, out / "search", trials=trials, questions=trial_questions, on_progress=progress, device=device
            )
        if not as_json:
            click.echo(_tried(tried))
    with shown_progress() as progress:
        metrics = make_reader(recipe, out, on_progress=progress, device=device)
    _show("reader", out, metrics, tried, as_json=as_json)


@command.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the model.")
@click.option("--base", default="minilm", show_default=True, help="Encoder to start from: 'minilm' or a model folder.")
@click.option("--name", default="encoder", show_default=True, help="The model's name.")
@click.option("--hold-out", default=40, show_default=True, type=click.IntRange(1), help="Texts never trained on.")
@click.option(
    "--negatives", default=1, show_default=True, type=click.IntRange(0), help="Wrong passages for a question."
)
@click.option("--epochs", default=1.0, show_default=True, type=click.FloatRange(0, min_open=True))
@click.option("--batch-size", default=64, show_default=True, type=click.IntRange(2))
@click.option("--mini-batch-size", default=0, show_default=True, type=click.IntRange(0), help=MINI_BATCH)
@click.option("--learning-rate", default=2e-5, show_default=True, type=click.FloatRange(0, min_open=True))
@click.option("--max-tokens", default=256, show_default=True, type=click.IntRange(16, 512), help="Longest text.")
@click.option("--precision", default="bf16", show_default=True, type=click.Choice(["bf16", "fp32"]))
@_device
@_seed
@_on_bad
@options.as_json
def encoder(  # one argument per option
    files: tuple[Path, ...],
    out: Path,
    base: str,
    name: str,
    hold_out: int,
    negatives: int,
    epochs: float,
    batch_size: int,
    mini_batch_size: int,
    learning_rate: float,
    max_tokens: int,
    precision: str,
    device: str | None,
    seed: int,
    on_bad: OnBad,
    as_json: bool,
) -> None:
    """Train a sentence encoder on questions and the passages that answer them, with hard negatives.

    FILEs are in SQuAD's or SubjQA's format, or BEIR folders with a split 'train', in any mix. OUT then holds the
    exported model and its card, which says how it does on the held-out questions beside its base.
    """
    from carrel.platform.encoder_training import EncoderRecipe, make_trained_encoder
    from carrel.training.encoder import EncoderArguments

    recipe = EncoderRecipe(
        files=files,
        base=base,
        hold_out=hold_out,
        negatives=negatives,
        name=name,
        on_bad=on_bad,
        arguments=EncoderArguments(
            epochs=epochs,
            batch_size=batch_size,
            mini_batch_size=mini_batch_size,
            learning_rate=learning_rate,
            max_tokens=max_tokens,
            precision=precision,
            seed=seed,
        ),
    )
    with shown_progress() as progress:
        metrics = make_trained_encoder(recipe, out, on_progress=progress, device=device)
    _show("encoder", out, metrics, as_json=as_json)


def _tried(trials: Sequence[Trial]) -> str:
    """Return the trials as a table, the best first."""
    ordered = sorted(trials, key=lambda one: -1.0 if one.f1 is None else one.f1, reverse=True)
    rows = [[*one.parameters.values(), "ended early" if one.f1 is None else f"{one.f1:.3f}"] for one in ordered]
    return table(rows, [*(name.replace("_", " ") for name in trials[0].parameters), "F1"])


def _show(what: str, out: Path, metrics: dict[str, float], tried: Sequence[Trial] = (), *, as_json: bool) -> None:
    if as_json:
        trials = {"trials": [{**one.parameters, "f1": one.f1} for one in tried]} if tried else {}
        emit_json({"out": str(out), "metrics": metrics, **trials})
        return
    click.echo(f"{out} holds the {what}; measured on the held-out texts:")
    for name, value in metrics.items():
        click.echo(f"  {name:<40} {value:.3f}" if isinstance(value, float) else f"  {name:<40} {value}")
