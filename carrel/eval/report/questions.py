"""Every question of a run: what was said, what is right, and which stage lost it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from carrel.eval.blame import CLASSES
from carrel.eval.report.markup import Markup, element
from carrel.records.run import RunQuestion, RunRecord

_RIGHT = "all right"
_MISSED = "something missed"
_RANKS = 10


def question_list(run: RunRecord) -> Markup:
    """Return the questions, worst first, with buttons that leave those of one class."""
    measure = _measure(run)
    ordered = sorted(run.questions, key=lambda question: _value(question, measure))
    counts = Counter(_kind(question, measure) for question in run.questions)
    names = [name for name in (*CLASSES, _MISSED, _RIGHT) if counts[name]]
    return element(
        "section",
        element("h2", "Questions"),
        element("p", f"Worst first by {measure}. A question opens with its texts side by side.", class_="hint"),
        element(
            "div",
            _button("all", len(run.questions), pressed=True),
            [_button(name, counts[name], pressed=False) for name in names],
            class_="filters",
            role="group",
            aria_label="Show questions lost by",
        ),
        element(
            "label",
            "Find ",
            element("input", type="search", id="find", placeholder="words of a question or an answer"),
            class_="find",
        ),
        element("p", id="shown", class_="hint", role="status"),
        element("div", [_question(question, measure) for question in ordered], id="questions"),
        element("button", "Show more", id="more", type="button", hidden=True),
        aria_label="Questions",
    )


def _measure(run: RunRecord) -> str:
    return next(name for name in ("F1", "nDCG@10", *run.metrics) if name in run.metrics)


def _value(question: RunQuestion, measure: str) -> float:
    value = question.values.get(measure)
    return -1.0 if value is None else value


def _kind(question: RunQuestion, measure: str) -> str:
    blamed = question.details.get("blame_class")
    if blamed:
        return str(blamed)
    return _RIGHT if _value(question, measure) == 1 else _MISSED


def _button(name: str, count: int, *, pressed: bool) -> Markup:
    counted = element("span", count, class_="count")
    return element("button", name, " ", counted, type="button", data_kind=name, aria_pressed=str(pressed).lower())


def _question(question: RunQuestion, measure: str) -> Markup:
    kind = _kind(question, measure)
    value = question.values.get(measure)
    score = "-" if value is None else f"{100 * value:.0f}"
    chip = element("span", kind, class_="chip right" if kind == _RIGHT else "chip")
    summary = element(
        "summary",
        element("span", score, class_="score", title=measure),
        element("span", question.query, class_="asked"),
        chip,
    )
    inside = _ranking(question) if "grades" in question.details else _answers(question)
    return element("details", summary, inside, class_="question", data_kind=kind)


def _answers(question: RunQuestion) -> list[Markup]:
    details = question.details
    said = str(details.get("answer") or "") or "no answer"
    golds = list(dict.fromkeys(details.get("golds", ())))
    return [
        element(
            "div",
            _side("The system", said, details.get("shown"), "said"),
            _side("Gold", " / ".join(golds) or "no answer", details.get("gold"), "gold"),
            class_="sides",
        ),
        _facts(question),
    ]


def _side(name: str, answer: str, shown: Mapping[str, Any] | None, class_: str) -> Markup:
    text = None
    if shown is not None:
        place = f"{shown.get('source', '')}{_offsets(shown)}"
        text = [
            element("p", shown["before"], element("mark", shown["marked"]), shown["after"], class_="text"),
            element("p", place, class_="place") if place else None,
        ]
        text = [part for part in text if part]
    return element(
        "div", element("h4", name), element("p", answer, class_="answer"), text or (), class_=f"side {class_}"
    )


def _offsets(shown: Mapping[str, Any]) -> str:
    return f", characters {shown['start']} to {shown['end']}" if "start" in shown else ""


def _facts(question: RunQuestion) -> Markup:
    details = question.details
    facts = [f"id {question.id}"]
    if details.get("confidence") is not None:
        facts.append(f"confidence {details['confidence']:.2f}")
    if details.get("score") is not None:
        facts.append(f"reader score {details['score']:.2f}")
    if "gold_rank" in details:
        facts.append(f"gold passage at rank {details['gold_rank']}" if details["gold_rank"] else "no gold passage read")
    facts += [f"{mode} rank {rank or 'none'}" for mode, rank in details.get("ranks", {}).items()]
    facts += [f"{name} {-100 * loss:+.1f}" for name, loss in details.get("blame", {}).items()]
    return element("p", " · ".join(facts), class_="facts")


def _ranking(question: RunQuestion) -> list[Markup]:
    """Return the first documents of a ranking, the relevant ones marked, and those that were not found."""
    details = question.details
    grades: Mapping[str, int] = details["grades"]
    places = {pair[0]: rank for rank, pair in enumerate(details["ranking"], start=1)}
    found = [_found(document, score, grades) for document, score in details["ranking"][:_RANKS]]
    relevant = [
        element("li", f"{document}: ", f"rank {places[document]}" if document in places else "not found")
        for document, grade in grades.items()
        if grade > 0
    ]
    return [
        element(
            "div",
            element("div", element("h4", "The ranking"), element("ol", found), class_="side said"),
            element("div", element("h4", "Relevant"), element("ul", relevant), class_="side gold"),
            class_="sides",
        ),
        _facts(question),
    ]


def _found(document: str, score: float | None, grades: Mapping[str, int]) -> Markup:
    written = "" if score is None else f" {score:.3f}"
    name = element("mark", document) if grades.get(document, 0) > 0 else element("span", document)
    return element("li", name, element("span", written, class_="place"))
