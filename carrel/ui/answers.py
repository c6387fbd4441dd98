"""How answers are drawn: the words large, how sure they are, and the passage that they stand in."""

from __future__ import annotations

import json
from collections.abc import Mapping

from carrel.types import Answer, AskResult, Hit
from carrel.ui import words
from carrel.ui.drawing import Node, node
from carrel.ui.drawing.element import action
from carrel.ui.places import link, place_of
from carrel.ui.texts import Marks, marked


def answered(result: AskResult, said: Mapping[int, str]) -> list[Node]:
    """Draw the answers to a question; `said` holds what a person said of some of them, by their place."""
    if result.abstained or not result.answers:
        return _no_answer(result, said)
    best = node("section", _answer(result.answers[0], 0, said.get(0)), class_="card", aria_label="Best answer")
    others = [_answer(answer, place, said.get(place)) for place, answer in enumerate(result.answers) if place]
    return [_whole(result, best, _further("Further answers", others))]


def passage_text(answer: Answer, **value: object) -> Node:
    """Draw the passage of an answer, with the answer marked; what is selected in it is told with its source."""
    where = {**value, "source": answer.source, "version": answer.version}
    return node(
        "div",
        marked(answer.context.rstrip(), answer.context_start, Marks(answers=[answer.span])),
        class_="excerpt",
        data_text=answer.context_start,
        data_value=json.dumps(where),
        tabindex="0",
        role="region",
        aria_label="Passage",
    )


def place_line(answer: Answer) -> Node:
    """Draw where an answer stands, as a link to it."""
    page = node("span", f"page {answer.page}") if answer.page is not None else None
    params = place_of(answer.source, answer.version, answer.span)
    name = node("bdi", answer.source, class_="soft") if answer.title != answer.source else None
    return node("div", link(answer.title or answer.source, params), name, page, class_="row")


def confidence(answer: Answer) -> Node:
    """Draw how sure an answer is: in words, as a bar, as a number."""
    sure = answer.confidence
    if sure is None:
        return node("span", words.sureness(None), class_="sure soft")
    return node(
        "span",
        node("b", words.sureness(sure)),
        node("meter", value=f"{sure:.4f}", min="0", max="1", aria_label="confidence"),
        node("span", words.percent(sure)),
        class_="sure",
        title=f"calibrated on {answer.confidence_basis}",
    )


def nearest(hit: Hit) -> Node:
    """Draw a passage that was read without an answer in it."""
    page = node("span", f"page {hit.page}") if hit.page is not None else None
    head = node("div", link(hit.title or hit.source, place_of(hit.source, None, hit.span)), page, class_="row")
    return node("li", head, node("div", hit.text.rstrip(), class_="text"), class_="hit")


def _answer(answer: Answer, place: int, said: str | None) -> Node:
    buttons = [
        node(
            "button",
            node("span", icon, class_="icon", aria_hidden="true"),
            text,
            type="button",
            aria_pressed=str(said == what).lower(),
            title=hint,
            **action(what, place),
        )
        for what, icon, text, hint in (
            ("right", "thumb_up", "Right", "Keep this as the right answer"),
            ("wrong", "thumb_down", "Wrong", "Keep that this document does not answer the question"),
        )
    ]
    return node(
        "div",
        node("div", answer.text, class_="answer"),
        node("div", confidence(answer), class_="row"),
        place_line(answer),
        passage_text(answer),
        node("div", buttons, class_="row"),
        class_="stack",
        data_answer=place,
    )


def _no_answer(result: AskResult, said: Mapping[int, str]) -> list[Node]:
    why = "What came nearest does not answer the question well enough to be given."
    if not result.passages:
        why = "Nothing that could be read was found."
    elif result.limit is not None:
        why = result.limit.statement
    card = node(
        "section",
        node("div", "No answer found in this collection", class_="answer"),
        node("p", why, class_="soft"),
        class_="card",
        aria_label="No answer",
    )
    near = [_answer(answer, place, said.get(place)) for place, answer in enumerate(result.answers)]
    read = {answer.id for answer in result.answers}
    unread = [nearest(hit) for hit in result.passages if hit.id not in read][:3]
    return [_whole(result, card, _further("The nearest passages", [*near, *unread]))]


def _whole(result: AskResult, *parts: Node | None) -> Node:
    return node("div", list(parts), class_="stack wide", data_question=result.question)


def _further(title: str, answers: list[Node]) -> Node | None:
    if not answers:
        return None
    listed = [answer if answer[0] == "li" else node("li", answer, class_="hit") for answer in answers]
    return node("section", node("h2", title), node("ol", listed, class_="further"), class_="stack")
