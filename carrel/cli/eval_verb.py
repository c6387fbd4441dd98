"""carrel eval: its verbs, imported when one is called."""

from __future__ import annotations

import importlib

import click

VERBS = {
    "retrieval": "Measure the rankings: nDCG, recall, MRR.",
    "reader": "Measure the reader alone, on the right texts or on what is retrieved.",
    "pipeline": "Ask the questions of a whole collection, and say which stage lost what was lost.",
    "abstention": "Measure whether a risk that is asked for is kept, over random splits.",
    "compare": "Compare saved runs, question by question.",
    "tune": "Choose retrieval settings on one split and report on another.",
    "runs": "List the runs that were kept, show one, or forget it.",
    "replay": "Do a run again and say what is different.",
    "export": "Write a run as JSON, or for trec_eval.",
    "report": "Write a run as one HTML page.",
}


class EvalVerbs(click.Group):
    """A group whose commands are the modules `eval_*` of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"carrel.cli.eval_{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.command("eval", cls=EvalVerbs)
def command() -> None:
    """Measure retrieval, the reader or the whole pipeline; every number comes with a 95 % interval.

    A DATASET is a BEIR folder, a SQuAD 1.1 or 2.0 file, or a SubjQA file. Runs are kept in the home's records, so that
    they can be compared, done again and shown.
    """
