"""carrel eval report."""

from __future__ import annotations

from pathlib import Path

import click

from carrel.cli import evaluation, options
from carrel.cli.output import emit_json


@click.command("report")
@click.argument("run_id", metavar="RUN", type=int)
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="HTML file to write.")
@evaluation.home
@options.as_json
def command(run_id: int, out: Path, home: Path | None, as_json: bool) -> None:
    """Write RUN as one HTML page: plots, and every question with its texts side by side. It needs no network."""
    from carrel.eval.report import report_page

    with evaluation.runs_of(home) as runs:
        page = report_page(runs.get(run_id))
    partial = out.with_name(out.name + ".partial")
    partial.write_text(page, encoding="utf-8")
    partial.replace(out)
    if as_json:
        emit_json({"run": run_id, "file": str(out), "bytes": len(page.encode("utf-8"))})
    else:
        click.echo(f"{out}: {len(page.encode('utf-8')) / 1e6:.1f} MB")
