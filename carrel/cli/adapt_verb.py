"""carrel adapt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carrel.cli import options
from carrel.cli.output import emit_json, shown_progress, table

if TYPE_CHECKING:
    from carrel.datasets import Dataset
    from carrel.datasets.problems import OnBad
    from carrel.platform.receipt import Receipt

_paths: dict[str, Any] = {"multiple": True, "type": click.Path(path_type=Path), "metavar": "FILE"}
_OPTIONS = (
    click.option(
        "--labels", help="Labels to learn from; may come again (default: questions made of the text).", **_paths
    ),
    click.option("--judge", help="Labels that judge; may come again (default: a fifth of the documents).", **_paths),
    click.option("--base", help="Weights to start from: a folder, a hub name or 'minilm' (default: the model in use)."),
    click.option(
        "--epochs", type=click.FloatRange(0, min_open=True), help="Rounds (default: 1, for a reader with labels 4)."
    ),
    click.option(
        "--learning-rate",
        type=click.FloatRange(0, min_open=True),
        help="Highest rate (default: 2e-5, reader 5e-5).",
    ),
    click.option("--device", help="cpu, cuda, ... (default: the GPU if there is one)."),
    click.option("--seed", default=0, show_default=True, type=int),
    click.option(
        "--on-bad",
        default="refuse",
        show_default=True,
        type=click.Choice(["refuse", "skip"]),
        help="What to do with wrong labels: stop, or leave them out.",
    ),
    options.place,
    options.as_json,
)


def _adapting(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of every adaptation."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.group("adapt")
def command() -> None:
    """Fit a collection's models to it; a model takes another's place only where that is proven better.

    Not being better is no failure: the receipt says so, and the collection keeps its model.
    """


@command.command()
@click.option("--negatives", default=1, show_default=True, type=click.IntRange(0), help="Wrong passages a query.")
@_adapting
def encoder(
    labels: tuple[Path, ...],
    judge: tuple[Path, ...],
    base: str | None,
    epochs: float | None,
    learning_rate: float | None,
    device: str | None,
    seed: int,
    on_bad: OnBad,
    negatives: int,
    home: Path | None,
    collection: str,
    as_json: bool,
) -> None:
    """Adapt the encoder, from labels or from queries made out of the collection's text (needs carrel[torch])."""
    from carrel.platform.encoder_adaptation import EncoderAdaptation, adapt_encoder
    from carrel.platform.trainable import base_folder
    from carrel.training.encoder import EncoderArguments

    training = EncoderArguments(epochs=epochs or 1.0, learning_rate=learning_rate or 2e-5, seed=seed)
    learned, judging = _read(labels, on_bad), _read(judge, on_bad)
    with shown_progress() as progress, options.desk(home, collection) as desk:
        receipt = adapt_encoder(
            desk,
            base_folder(base or desk.settings.models.encoder),
            labels=learned,
            judge=judging,
            arguments=EncoderAdaptation(negatives=negatives, seed=seed, training=training),
            on_progress=progress,
            device=device,
        )
    _show(receipt, as_json=as_json)


@command.command()
@options.share("--unanswerable", 0.3, "Share of the labels without an answer that are learned from.")
@options.share(
    "--negatives", 0.0, "Share of the questions paired with a passage of the collection that does not answer them."
)
@click.option(
    "--base-share",
    type=click.FloatRange(0, 1),
    help="Share of the base's weights in the mean of them and the trained ones (default: 0, without labels .3).",
)
@_adapting
def reader(
    labels: tuple[Path, ...],
    judge: tuple[Path, ...],
    base: str | None,
    epochs: float | None,
    learning_rate: float | None,
    device: str | None,
    seed: int,
    on_bad: OnBad,
    negatives: float,
    unanswerable: float,
    base_share: float | None,
    home: Path | None,
    collection: str,
    as_json: bool,
) -> None:
    """Adapt the reader, from labels or from questions made out of the collection's text (needs carrel[torch]).

    Made questions can teach, and only labels judge: without --labels and --judge the reader is made and not used.
    """
    from dataclasses import replace

    from carrel.platform.reader_adaptation import FROM_LABELS, FROM_TEXT, adapt_reader
    from carrel.platform.trainable import base_folder

    default = FROM_LABELS if labels else FROM_TEXT
    training = replace(
        default.training,
        epochs=epochs or default.training.epochs,
        learning_rate=learning_rate or default.training.learning_rate,
        seed=seed,
    )
    arguments = replace(
        default,
        negatives=negatives,
        unanswerable=unanswerable,
        base_share=default.base_share if base_share is None else base_share,
        seed=seed,
        training=training,
    )
    learned, judging = _read(labels, on_bad), _read(judge, on_bad)
    if not learned and not judging:
        click.echo("carrel: there are no labels that judge (--judge): the reader is made, and not used", err=True)
    with shown_progress() as progress, options.desk(home, collection) as desk:
        receipt = adapt_reader(
            desk,
            base_folder(base or desk.settings.models.reader),
            labels=learned,
            judge=judging,
            arguments=arguments,
            on_progress=progress,
            device=device,
        )
    _show(receipt, as_json=as_json)


@command.command()
@click.argument("labels", type=click.Path(path_type=Path))
@options.place
@options.as_json
def confidence(labels: Path, home: Path | None, collection: str, as_json: bool) -> None:
    """Calibrate confidence and risk on LABELS of the collection, in place of those that came with the reader."""
    from carrel.datasets import open_dataset
    from carrel.platform.calibration import calibrate_collection

    with shown_progress() as progress, options.desk(home, collection) as desk:
        outcome = calibrate_collection(desk, open_dataset(labels), on_progress=progress)
    if as_json:
        emit_json(outcome)
        return
    for name, value in outcome.items():
        click.echo(f"  {name:<40} {value:.3f}" if isinstance(value, float) else f"  {name:<40} {value}")


def _read(files: tuple[Path, ...], on_bad: OnBad) -> list[Dataset]:
    from carrel.datasets import open_dataset

    datasets = [open_dataset(path, on_bad=on_bad) for path in files]
    for path, dataset in zip(files, datasets, strict=True):
        problems = getattr(dataset, "problems", None)
        if problems is not None and problems.total:
            click.echo(f"carrel: left out of {path}: {problems}", err=True)
    return datasets


def _show(receipt: Receipt, *, as_json: bool) -> None:
    if as_json:
        emit_json(receipt.model_dump())
        return
    rows = [
        [kind, line.questions, *(_cell(v) for v in (line.baseline, line.adapted, line.difference, line.low, line.high))]
        for kind, line in receipt.lines.items()
    ]
    click.echo(f"{receipt.measure}, on {receipt.held_out_documents} held-out documents; times 100")
    click.echo(f"learned from {receipt.learned_from}\n")
    click.echo(table(rows, ["kind", "questions", "in use", "adapted", "difference", "low", "high"]))
    click.echo(f"\n{receipt.sentence}" + (f"\n{receipt.note}" if receipt.note else ""))


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"
