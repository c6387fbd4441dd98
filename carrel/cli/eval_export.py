"""carrel eval export."""

from __future__ import annotations

import json
from pathlib import Path

import click

from carrel.cli import evaluation
from carrel.cli.output import emit_json


@click.command("export")
@click.argument("run_id", metavar="RUN", type=int)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "trec", "qrels"]),
    default="json",
    show_default=True,
    help="Everything about the run; its rankings as a TREC run file; the judgements that go with them.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write (JSON: standard output).")
@evaluation.home
def command(run_id: int, form: str, out: Path | None, home: Path | None) -> None:
    """Write RUN as JSON, or its rankings and judgements in trec_eval's formats."""
    from carrel.eval.export import write_trec
    from carrel.eval.recording import run_json

    with evaluation.runs_of(home) as runs:
        run = runs.get(run_id)
    if form != "json":
        if out is None:
            raise click.UsageError(f"--format {form} needs --out FILE")
        written = write_trec(run, out, judgements=form == "qrels")
        click.echo(f"{written} lines in {out}", err=True)
        return
    if out is None:
        emit_json(run_json(run))
        return
    partial = out.with_name(out.name + ".partial")
    partial.write_text(json.dumps(run_json(run), ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    partial.replace(out)
