"""The `carrel` command: its verbs, and what happens to errors."""

from __future__ import annotations

import importlib
import sys

import click

from carrel.errors import UserError

# Where each verb stands and what `carrel --help` says of it: a verb's module is imported when it is called, so that
# the help comes up at once.
VERBS = {
    "index": "Convert, split, write and embed files and folders; brings the collection in line with them.",
    "jobs": "List, show, cancel and retry jobs.",
    "worker": "Run queued jobs.",
    "status": "Show what the collection holds, and what could not be indexed and why.",
    "search": "Find passages.",
    "ask": "Answer a question, with the exact characters that the answer is.",
    "ui": "Open the desk in a browser.",
    "delete": "Delete sources by name or by filter.",
    "labels": "Take in and write out labels: questions and what answers them.",
    "eval": "Measure retrieval, the reader or the whole pipeline on a dataset.",
    "bench": "Measure speed beside other systems.",
    "train": "Train the models that Carrel uses.",
    "adapt": "Fit a collection's models to it, where that is proven better.",
    "optimize": "Export a model in every precision, and show what each costs and brings.",
    "pipelines": "List, show, export, check and run the pipelines.",
    "backup": "Write a collection to one file, while it is read and written.",
    "restore": "Put a collection back from such a file.",
    "verify": "Check all of a collection: its texts and vectors, and the indexes against them.",
    "config": "Show the settings in force and where they come from.",
}


class Verbs(click.Group):
    """A group whose commands are modules of this package, imported when one is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"carrel.cli.{cmd_name}_verb").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="carrel", message="%(prog)s %(version)s")
def carrel() -> None:
    """Ask your own documents: exact answers, and the place they stand at.

    Everything lives in one folder: CARREL_HOME, or --home. Exit codes: 0 done, 1 done in part, 2 something for you to
    put right, 3 a gate that was not passed.
    """


def main() -> None:
    """Run the command line; a user's error becomes one line on standard error and exit code 2."""
    try:
        carrel(prog_name="carrel")
    except UserError as error:
        click.echo(f"carrel: {' '.join(str(error).split())}", err=True)
        sys.exit(2)
