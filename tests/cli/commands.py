"""Calling the command line inside the test's process, as its user would from a shell."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

from carrel.cli import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Command:
    """The command `carrel` on one home folder."""

    home: Path

    def run(self, *arguments: str, home: bool = True) -> Outcome:
        out, err = StringIO(), StringIO()
        words = ["carrel", *arguments, *(["--home", str(self.home)] if home else [])]
        with mock.patch.object(sys, "argv", words), redirect_stdout(out), redirect_stderr(err):
            try:
                main()
                code = 0
            except SystemExit as stop:
                code = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
        return Outcome(code, out.getvalue(), err.getvalue())

    def text(self, *arguments: str, home: bool = True) -> str:
        outcome = self.run(*arguments, home=home)
        assert outcome.code == 0, outcome
        return outcome.out

    def json(self, *arguments: str, home: bool = True) -> dict[str, Any]:
        """Run with --json; standard output must be one JSON object and nothing else."""
        return json.loads(self.text(*arguments, "--json", home=home))
