"""Indexing again and again: whenever something changed, or after a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from carrel.errors import UserError
from carrel.indexing.report import IndexReport, ShouldStop

_WAIT_SECONDS = 0.2


class Trigger(Protocol):
    """Says when the next round is due; `forget` takes the last look back, because its round failed."""

    def changed(self) -> bool: ...

    def forget(self) -> None: ...


class Every:
    """A round every so many seconds, counted from the beginning of the last."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = time.monotonic()

    def changed(self) -> bool:
        """Tell whether the time is over, and begin to count anew."""
        if time.monotonic() < self._last + self._seconds:
            return False
        self._last = time.monotonic()
        return True

    def forget(self) -> None:
        """Leave the failed round to the next time."""


def in_rounds(
    index: Callable[[], IndexReport],
    trigger: Trigger,
    should_stop: ShouldStop,
    *,
    look_every: float,
    on_round: Callable[[IndexReport | UserError], None],
) -> IndexReport:
    """Index at once and whenever the trigger says so, until told to stop; returns the last report.

    After the first round, what a user could put right is told to `on_round`, once for each message, and tried again.

    Raises:
        UserError: the first round failed.
    """
    trigger.changed()
    report = index()
    on_round(report)
    told = ""
    while not _stopped_within(look_every, should_stop):
        try:
            if trigger.changed():
                report, told = index(), ""
                on_round(report)
        except UserError as error:
            trigger.forget()
            if str(error) != told:
                told = str(error)
                on_round(error)
    return report


def _stopped_within(seconds: float, should_stop: ShouldStop) -> bool:
    until = time.monotonic() + seconds
    while not should_stop():
        left = until - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(_WAIT_SECONDS, left))
    return True
