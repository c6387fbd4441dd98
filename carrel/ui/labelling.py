"""Keeping what people say of answers, as labels."""

from __future__ import annotations

from typing import Any

from carrel.platform.labels import keep_label
from carrel.records.label import Label
from carrel.stores.contract import Filters
from carrel.types import Answer, Span
from carrel.ui import desk

THUMB_UP, THUMB_DOWN, SELECTED = "thumb up", "thumb down", "selected"
"""What a label says of where it came from."""


def keep_thumb(collection: str, question: str, answer: Answer, *, right: bool, filters: Filters | None = None) -> str:
    """Keep that an answer is right, or that its document does not answer the question; returns what to tell."""
    span = answer.span if right else None
    _keep(collection, Label(question, answer.source, answer.version, span, origin=THUMB_UP if right else THUMB_DOWN))
    desk.asked(collection).settle(question, filters)
    if right:
        return "Kept: this is the right answer."
    return "Kept: this document does not answer the question. If it does, select the right words in its text."


def keep_selection(collection: str, question: str, event: dict[str, Any], *, filters: Filters | None = None) -> str:
    """Keep the characters that a person selected as the right answer; returns what to tell."""
    span = Span(int(event["start"]), int(event["end"]))
    text = desk.desk_of(collection).store.version_text(event["source"], event["version"]).text
    if text[span.start : span.end] != event["text"]:
        return "The selection could not be read: select within the text of one passage."
    _keep(collection, Label(question, event["source"], event["version"], span, origin=SELECTED))
    desk.asked(collection).settle(question, filters)
    return f"Kept as the right answer: {event['text'][:80]}"


def _keep(collection: str, label: Label) -> None:
    keep_label(desk.desk_of(collection).store, desk.labels(collection), label)
