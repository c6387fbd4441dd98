"""carrel eval."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carrel.cli import options
from carrel.cli.eval_abstention import command as abstention
from carrel.cli.output import ProgressBar, emit_json, table

if TYPE_CHECKING:
    from carrel.datasets import Dataset
    from carrel.eval import EvalResult
    from carrel.platform import Platform

sample = click.option("--limit", type=click.IntRange(1), help="Take a seeded sample of so many queries.")
seed = click.option("--seed", default=0, show_default=True, help="Seed of the sample.")
split = click.option("--split", help="Split of a BEIR folder (default: test).")
existing = click.option(
    "--indexed", is_flag=True, help="Use --collection as it is, instead of indexing the dataset's texts for this run."
)


@click.group("eval")
def command() -> None:
    """Measure retrieval, the reader or the whole pipeline.

    DATASET is a BEIR folder, a SQuAD 1.1 or 2.0 file, or a SubjQA file. Every number comes with a 95 % interval.
    """


command.add_command(abstention)


@command.command()
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option(
    "--mode",
    "modes",
    multiple=True,
    type=click.Choice(["bm25", "dense", "hybrid"]),
    default=["bm25", "dense", "hybrid"],
    show_default=True,
    help="Retriever; may be given several times.",
)
@split
@sample
@seed
@existing
@options.place
@options.as_json
def retrieval(
    dataset: Path,
    modes: tuple[str, ...],
    split: str | None,
    limit: int | None,
    seed: int,
    indexed: bool,
    home: Path | None,
    collection: str,
    as_json: bool,
) -> None:
    """Measure the rankings: nDCG, recall, MRR; a document is scored by its best passage."""
    from carrel.datasets import open_dataset
    from carrel.eval import RetrievalArguments, evaluate_retrieval

    data = open_dataset(dataset, split)
    results = []
    with _desk(data, home, collection, indexed=indexed, embed=set(modes) != {"bm25"}) as desk, _progress() as progress:
        for mode in modes:
            arguments = RetrievalArguments(mode=mode, limit=limit, seed=seed)  # type: ignore[arg-type]  # a Choice
            results.append(evaluate_retrieval(desk, data, arguments, progress(mode)))
    _show(results, as_json=as_json)


@command.command()
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("--model", help="Packaged reader, folder or hub name (default: from the settings).")
@click.option("--threshold", type=float, help="Log-odds below which the answer is 'no answer'.")
@sample
@seed
@options.as_json
def reader(
    dataset: Path, model: str | None, threshold: float | None, limit: int | None, seed: int, as_json: bool
) -> None:
    """Measure the reader on the paragraph that belongs to each question: exact match and F1."""
    from carrel.datasets import open_dataset
    from carrel.eval import ReaderArguments, evaluate_reader
    from carrel.readers import SpanReader
    from carrel.settings import Settings, default_home

    settings = Settings.load(default_home())
    name = model or settings.models.reader
    span_reader = SpanReader(name, threads=settings.models.threads)
    arguments = ReaderArguments(threshold=threshold, limit=limit, seed=seed)
    data = open_dataset(dataset)
    with _progress() as progress:
        result = evaluate_reader(span_reader, data, arguments, progress("reading"), system=name)
    _show([result], as_json=as_json)


@command.command()
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("--retriever-top-k", type=click.IntRange(1, 200), help="Passages to read (default: from the settings).")
@sample
@seed
@existing
@options.place
@options.as_json
def pipeline(
    dataset: Path,
    retriever_top_k: int | None,
    limit: int | None,
    seed: int,
    indexed: bool,
    home: Path | None,
    collection: str,
    as_json: bool,
) -> None:
    """Ask the questions of a whole collection, no paragraph given; says which stage lost what was lost."""
    from carrel.datasets import open_dataset
    from carrel.eval import PipelineArguments, evaluate_pipeline

    data = open_dataset(dataset)
    with _desk(data, home, collection, indexed=indexed) as desk, _progress() as progress:
        ask = desk.settings.ask
        arguments = PipelineArguments(
            retriever_top_k=retriever_top_k or ask.retriever_top_k, top_k=ask.top_k, limit=limit, seed=seed
        )
        result = evaluate_pipeline(desk, data, arguments, progress("asking"), system=desk.settings.search.mode)
    _show([result], as_json=as_json)
    if not as_json:
        click.echo("\nWhere the loss of F1 comes from, times 100:")
        for kind, share in result.further["blame"].items():
            click.echo(f"  {kind:<24} {100 * share:6.2f}")
        click.echo(f"answers {result.further['answers']}, not at their offsets {result.further['offset_violations']}")


@contextmanager
def _desk(
    data: Dataset, home: Path | None, collection: str, *, indexed: bool, embed: bool = True
) -> Iterator[Platform]:
    from carrel.eval import indexed_platform
    from carrel.settings import Settings, default_home

    if indexed:
        with options.desk(home, collection) as desk:
            yield desk
        return
    bar = ProgressBar()
    settings = Settings.load(home.expanduser() if home else default_home())
    with indexed_platform(data, settings=settings, embed=embed, on_progress=bar) as desk:
        bar.close()
        yield desk


@contextmanager
def _progress() -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    bar = ProgressBar()
    try:
        yield lambda stage: lambda done, total: bar(stage, done, total, "queries")
    finally:
        bar.close()


def _show(results: list[EvalResult], *, as_json: bool) -> None:
    if as_json:
        shapes = [result.to_json() for result in results]
        # One object has one shape, however many systems were measured: the last one's, and all of them beside it.
        emit_json(shapes[-1] if len(shapes) == 1 else {**shapes[-1], "systems": shapes})
        return
    first = results[0]
    click.echo(f"{first.dataset}, {first.stage}, {first.queries} queries; values times 100 with 95 % intervals\n")
    rows = [[name, *(_cell(result.metrics[name].to_json()) for result in results)] for name in first.metrics]
    click.echo(table(rows, ["measure", *(result.system for result in results)]))
    click.echo("seconds " + ", ".join(f"{result.system} {result.seconds:.1f}" for result in results))


def _cell(estimate: dict[str, Any]) -> str:
    if estimate["value"] is None:
        return f"- ({estimate.get('reason', 'not measured')})"
    if estimate["low"] is None:
        return f"{100 * estimate['value']:.1f}"
    return f"{100 * estimate['value']:.1f} [{100 * estimate['low']:.1f}, {100 * estimate['high']:.1f}]"
