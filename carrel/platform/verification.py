"""Answers against the truth: what is shown is what stands in the source, at the page where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from carrel.errors import StoreError
from carrel.stores.contract import PassageStore
from carrel.types import Answer


def verified_answers(answers: Iterable[Answer], store: PassageStore) -> tuple[Answer, ...]:
    """Compare every answer with its version's text, and give it the page on which it begins.

    A passage may cross a page, so that the passage's page is not always the answer's.

    Raises:
        StoreError: an answer is not the text between its offsets.
    """
    text_of = cache(store.version_text)
    checked = []
    for answer in answers:
        version = text_of(answer.source, answer.version)
        if version.text[answer.span.start : answer.span.end] != answer.text:
            raise StoreError(
                f"The answer {answer.text!r} is not what stands at characters {answer.span.start} to "
                f"{answer.span.end} of {answer.source}: the collection's files disagree"
            )
        checked.append(replace(answer, page=version.page_at(answer.span.start)))
    return tuple(checked)
