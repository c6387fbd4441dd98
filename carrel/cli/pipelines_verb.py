"""carrel pipelines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from carrel.cli import options
from carrel.cli.output import emit_json


@click.group("pipelines")
def command() -> None:
    """List, show, export, check and run the pipelines.

    An exported file is Haystack YAML: edit it, check it, run it, or load it with haystack.Pipeline.loads after
    'import carrel.platform'.
    """


@command.command("list")
@options.as_json
def list_(as_json: bool) -> None:
    """List the pipelines by name."""
    from carrel.platform.pipelines import BUILDERS

    if as_json:
        emit_json({"pipelines": sorted(BUILDERS)})
    else:
        click.echo("\n".join(sorted(BUILDERS)))


@command.command()
@click.argument("name")
@options.place
def show(name: str, home: Path | None, collection: str) -> None:
    """Print the pipeline NAME as YAML."""
    click.echo(_yaml(name, home, collection), nl=False)


@command.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@options.place
def export(name: str, file: Path, home: Path | None, collection: str) -> None:
    """Write the pipeline NAME as YAML to FILE."""
    file.write_text(_yaml(name, home, collection), encoding="utf-8")
    click.echo(f"{name} written to {file}", err=True)


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.as_json
def check(file: Path, as_json: bool) -> None:
    """Load FILE and say which inputs and outputs the pipeline has."""
    from carrel.platform.pipelines import load_pipeline

    pipeline = load_pipeline(file)
    inputs = {part: sorted(names) for part, names in pipeline.inputs().items()}
    outputs = {part: sorted(names) for part, names in pipeline.outputs().items()}
    if as_json:
        emit_json({"file": str(file), "inputs": inputs, "outputs": outputs})
        return
    click.echo(f"{file} is a pipeline that can be used")
    for title, sockets in (("inputs", inputs), ("outputs", outputs)):
        for part, names in sockets.items():
            click.echo(f"  {title:<8} {part}: {', '.join(names)}")


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("query")
@options.as_json
def run(file: Path, query: str, as_json: bool) -> None:
    """Run the pipeline in FILE on QUERY."""
    from carrel.platform.pipelines import load_pipeline, run_pipeline

    result = run_pipeline(load_pipeline(file), query)
    if as_json:
        emit_json({"query": query, "outputs": {part: _jsonable(values) for part, values in result.items()}})
        return
    for part, values in result.items():
        for name, value in values.items():
            for item in value if isinstance(value, list) else [value]:
                click.echo(f"{part}.{name}: {_line(item)}")


def _yaml(name: str, home: Path | None, collection: str) -> str:
    from carrel.platform.pipelines import build_pipeline

    with options.desk(home, collection) as desk:
        return build_pipeline(name, desk.store, desk.settings).dumps()


def _jsonable(value: Any) -> Any:
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    return [_jsonable(item) for item in value] if isinstance(value, list) else value


def _line(item: Any) -> str:
    text = getattr(item, "data", None) or getattr(item, "content", None) or item
    score = getattr(item, "score", None)
    shown = " ".join(str(text).split())
    return f"{shown[:160]}  ({score:.3f})" if isinstance(score, float) else shown[:160]
