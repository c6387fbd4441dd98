"""carrel bench."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from carrel.cli import evaluation, options
from carrel.cli.output import ProgressBar, emit_json, shown_progress, table

rounds = click.option("--rounds", default=3, show_default=True, type=click.IntRange(1), help="Rounds, systems in turn.")
dataset = click.argument("dataset")
_PASSAGES = "Read each question in so many passages of 150 words, about 200 tokens (0: in its own paragraph)."


@click.group("bench")
def command() -> None:
    """Measure speed beside peers that are installed, in one run: ratios with their spread over rounds."""


@command.command()
@dataset
@click.option("--passages", default=100_000, show_default=True, type=click.IntRange(10))
@click.option("--queries", default=200, show_default=True, type=click.IntRange(1))
@click.option("--seconds", default=20.0, show_default=True, help="Longest round of one system.")
@rounds
@evaluation.home
@options.as_json
def bm25(
    dataset: str, passages: int, queries: int, seconds: float, rounds: int, home: Path | None, as_json: bool
) -> None:
    """BM25: the time to build an index, and to find ten passages."""
    from carrel.eval.bench.benches import bench_bm25

    arguments = {"count": passages, "asked": queries, "seconds": seconds, "rounds": rounds}
    _run(bench_bm25, dataset, arguments, home, as_json=as_json)


@command.command()
@dataset
@click.option("--texts", default=500, show_default=True, type=click.IntRange(1))
@click.option("--words", default=0, show_default=True, type=click.IntRange(0), help="Words a text (0: sentences).")
@rounds
@evaluation.home
@options.as_json
def encoder(dataset: str, texts: int, words: int, rounds: int, home: Path | None, as_json: bool) -> None:
    """Texts embedded in a second."""
    from carrel.eval.bench.benches import bench_encoder

    _run(bench_encoder, dataset, {"count": texts, "words": words, "rounds": rounds}, home, as_json=as_json)


@command.command()
@dataset
@click.option("--questions", default=200, show_default=True, type=click.IntRange(1))
@click.option("--passages", default=0, show_default=True, type=click.IntRange(0), help=_PASSAGES)
@rounds
@evaluation.home
@options.as_json
def reader(dataset: str, questions: int, passages: int, rounds: int, home: Path | None, as_json: bool) -> None:
    """Questions read in a second, beside Haystack's reader with the same weights."""
    from carrel.eval.bench.benches import bench_reader

    _run(bench_reader, dataset, {"asked": questions, "count": passages, "rounds": rounds}, home, as_json=as_json)


@command.command()
@dataset
@click.option("--size", "sizes", multiple=True, type=click.IntRange(1), default=(1000, 2000, 5000), show_default=True)
@click.option("--limit", type=click.IntRange(1), help="Take a seeded sample of so many queries.")
@evaluation.home
@options.as_json
def size(dataset: str, sizes: tuple[int, ...], limit: int | None, home: Path | None, as_json: bool) -> None:
    """Quality and latency of retrieval against the size of the corpus."""
    from carrel.eval.bench.benches import bench_size

    _run(bench_size, dataset, {"sizes": sizes, "limit": limit}, home, as_json=as_json)


@command.command()
@click.option("--question", default="What is this collection about?", show_default=True)
@rounds
@evaluation.home
@options.as_json
def startup(question: str, rounds: int, home: Path | None, as_json: bool) -> None:
    """How long new processes take: import, help, the first search, the first answer."""
    from carrel.eval.bench.benches import bench_startup

    place, _ = evaluation.settings_of(home)
    bar = ProgressBar()
    outcome = bench_startup(place, question, rounds=rounds, on_progress=lambda d, t: bar("rounds", d, t, "rounds"))
    bar.close()
    _show(outcome, as_json=as_json)


@command.command()
@click.option("--texts", default=2000, show_default=True, type=click.IntRange(20), help="Texts to embed.")
@click.option("--steps", default=100, show_default=True, type=click.IntRange(2), help="Steps of training.")
@click.option("--vectors", default=500_000, show_default=True, type=click.IntRange(1000), help="Vectors for FAISS.")
@options.as_json
def gpu(texts: int, steps: int, vectors: int, as_json: bool) -> None:
    """Training, encoder, reader and FAISS on the GPU, beside the CPU of the same machine."""
    from carrel.eval.bench.gpu import bench_gpu

    with shown_progress() as bar:
        outcome = bench_gpu(
            texts=texts, steps=steps, vectors=vectors, on_progress=lambda d, t: bar("parts", d, t, "parts")
        )
    if as_json:
        emit_json(outcome)
        return
    click.echo(f"{outcome['gpu']}, {outcome['cores']} cores, {outcome['system']}")
    for part, rows in outcome["parts"].items():
        cells = [[row["system"], "-" if row["per_second"] is None else f"{row['per_second']:.1f}"] for row in rows]
        click.echo(f"\n{table(cells, [part, 'per second'])}")


def _run(
    bench: Callable[..., dict[str, Any]],
    dataset: str,
    arguments: dict[str, Any],
    home: Path | None,
    *,
    as_json: bool,
) -> None:
    from carrel.datasets import open_dataset

    _, settings = evaluation.settings_of(home)
    bar = ProgressBar()
    try:
        data = open_dataset(dataset, on_bad="skip")
        outcome = bench(data, settings, **arguments, on_progress=lambda d, t: bar("rounds", d, t, "rounds"))
    finally:
        bar.close()
    _show(outcome, as_json=as_json)


def _show(outcome: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit_json(outcome)
        return
    if "points" in outcome:
        header = ["documents", "mode", "nDCG@10", "p50 ms"]
        rows: list[list[object]] = [
            [p["documents"], p["mode"], evaluation.cell(p["metrics"]["nDCG@10"]), f"{1000 * p['latency']['p50']:.1f}"]
            for p in outcome["points"]
        ]
        click.echo(table(rows, header))
        return
    rows = [
        [s["system"], _milliseconds(s), _spread(s.get("per_second")), _spread(s.get("times"))]
        for s in outcome["systems"]
    ]
    click.echo(table(rows, ["system", "p50 ms", "per second", "times as long"]))
    for peer in outcome["missing"]:
        click.echo(f"{peer['system']} is not installed: pip install {peer['package']}")
    click.echo(f"{outcome['cores']} cores, load {outcome['load']:.1f}, {outcome['system']}")


def _milliseconds(system: dict[str, Any]) -> str:
    if "p50" not in system:
        return ""
    return _spread({name: 1000 * value for name, value in system["p50"].items()})


def _spread(value: dict[str, float] | None) -> str:
    return "" if value is None else f"{value['value']:.2f} [{value['low']:.2f}, {value['high']:.2f}]"
