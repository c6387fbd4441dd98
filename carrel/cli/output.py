"""What commands print: JSON for programs, text for people, progress on standard error."""

from __future__ import annotations

import dataclasses
import json
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tqdm import tqdm

WIDTH = 100
_SHOWN = 40
"""Characters of a source's name beside a progress bar."""
_EVERY = 60.0
"""Seconds between lines of progress where no terminal shows a bar; what takes less time writes none."""
OPEN, CLOSE = "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}", "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"


def emit_json(value: Mapping[str, Any]) -> None:
    """Write one JSON object to standard output; NaN is never written."""
    click.echo(json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def table(rows: Sequence[Sequence[object]], header: Sequence[str]) -> str:
    """Lay out rows in columns as wide as their longest cell; numbers are set to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(header), *cells]) for i in range(len(header))]
    right = [bool(rows) and all(isinstance(row[i], int | float) for row in rows) for i in range(len(header))]
    lines = [header, ["-" * width for width in widths], *cells]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def paragraph(text: str, *, indent: str = "   ") -> str:
    """Fold white space and wrap the text to the page."""
    return textwrap.fill(" ".join(text.split()), WIDTH, initial_indent=indent, subsequent_indent=indent)


def marked(context: str, start: int, end: int, *, around: int = 240) -> str:
    """Return the surroundings of `context[start:end]`, with that part marked."""
    left, right = max(0, start - around), min(len(context), end + around)
    if left:
        left = context.find(" ", left, start) + 1 or left
    if right < len(context):
        right = max(context.rfind(" ", end, right), end) if " " in context[end:right] else right
    before, after = context[left:start], context[end:right]
    head, tail = "... " if left else "", " ..." if right < len(context) else ""
    shown = paragraph(f"{head}{before}{OPEN}{context[start:end]}{CLOSE}{after}{tail}")
    # The marks are placed before wrapping, so that an answer may break over lines; only its own letters are bold.
    left_part, _, rest = shown.partition(OPEN)
    answer, _, right_part = rest.rpartition(CLOSE) if after.count(CLOSE) == 0 else rest.partition(CLOSE)
    lines = "\n".join(click.style(line, bold=True, fg="green") if line.strip() else line for line in answer.split("\n"))
    return f"{left_part}{OPEN}{lines}{CLOSE}{right_part}"


class ProgressBar:
    """Shows rate and remaining time of each stage on standard error; a line a minute where that is no terminal."""

    def __init__(self) -> None:
        self._written = time.monotonic()
        self._stage: str | None = None
        self._bar: tqdm[Any] | None = None

    def __call__(self, stage: str, done: int, total: int | None, unit: str, source: str = "") -> None:
        """Take note that `done` of `total` units of a stage are finished, and of the source that is worked on."""
        if not sys.stderr.isatty():
            self._write_line(f"{stage}: {done:,} of {total:,} {unit}" if total else f"{stage}: {done:,} {unit}")
            return
        if stage != self._stage:
            self.close()
            from tqdm import tqdm

            self._stage = stage
            self._bar = tqdm(total=total, desc=stage, unit=f" {unit}", file=sys.stderr, leave=False, smoothing=0.1)
        if self._bar is not None:
            self._bar.total = total
            self._bar.set_postfix_str(source[-_SHOWN:], refresh=False)
            self._bar.update(done - self._bar.n)

    def _write_line(self, line: str) -> None:
        now = time.monotonic()
        if now - self._written >= _EVERY:
            self._written = now
            click.echo(line, err=True)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar = None


@contextmanager
def shown_progress() -> Iterator[ProgressBar]:
    """Show progress while the block lasts, and take the bar away after it."""
    bar = ProgressBar()
    try:
        yield bar
    finally:
        bar.close()
