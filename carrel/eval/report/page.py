"""The page: what was measured, its figures, and every question with its texts side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files

from carrel.eval.report.figures import Figure, figures
from carrel.eval.report.markup import Markup, element, join
from carrel.eval.report.questions import question_list
from carrel.records.run import RunRecord

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)
_HEADLINES = {
    "retrieval": ("nDCG@10", "recall@10", "MRR@10"),
    "reader": ("EM", "F1"),
    "pipeline": ("EM", "F1", "F1 on gold passages"),
}


def report_page(run: RunRecord) -> str:
    """Return the run as one HTML document without a reference to anything outside it."""
    title = f"{run.dataset}: {run.stage}, {run.system}"
    body = element(
        "body",
        element("header", element("p", "Carrel evaluation", class_="kind"), element("h1", run.dataset), _summary(run)),
        element(
            "main",
            _headlines(run),
            element("section", element("h2", "Figures"), _grid(figures(run)), aria_label="Figures"),
            element("section", element("h2", "Measures"), _measures(run), aria_label="Measures"),
            question_list(run),
            element("section", element("h2", "Made with"), _made_with(run), aria_label="Made with"),
        ),
        element("script", Markup(own_file("report.js"))),
    )
    return "<!doctype html>\n" + element("html", page_head(title), body, lang="en").text + "\n"


def page_head(title: str) -> Markup:
    """Return the head of a page that loads nothing."""
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Markup(own_file("report.css"))),
    )


def own_file(name: str) -> str:
    """Return a style sheet or script of the pages."""
    return files("carrel.eval.report").joinpath(name).read_text(encoding="utf-8")


def _summary(run: RunRecord) -> Markup:
    when = datetime.fromtimestamp(run.created, UTC).strftime("%d %B %Y, %H:%M UTC").lstrip("0") if run.created else ""
    number = f"run {run.id}" if run.id else ""
    parts = (run.stage, run.system, f"{len(run.questions)} questions", f"{run.seconds:.0f} seconds", number, when)
    return element("p", " · ".join(part for part in parts if part), class_="summary")


def _headlines(run: RunRecord) -> Markup:
    named = [name for name in _HEADLINES.get(run.stage, ()) if run.metrics.get(name, {}).get("value") is not None]
    cards = [
        element(
            "div",
            element("div", name, class_="name"),
            element("div", f"{100 * run.metrics[name]['value']:.1f}", class_="value"),
            element("div", _interval(run.metrics[name]), class_="interval"),
            class_="headline",
        )
        for name in named
    ]
    return element("div", cards, class_="headlines")


def _grid(shown: list[Figure]) -> Markup:
    return element("div", [_card(figure) for figure in shown], class_="grid-of-figures")


def _card(figure: Figure) -> Markup:
    numbers = None
    if figure.numbers:
        table = _table(figure.header, figure.numbers)
        numbers = element("details", element("summary", "Numbers"), element("div", table, class_="scroll"))
    caption = element("figcaption", element("h3", figure.name), element("p", figure.note))
    empty = None if figure.picture else " empty"
    return element("figure", caption, figure.picture, numbers, id=figure.key, class_=f"card{empty or ''}")


def _measures(run: RunRecord) -> Markup:
    rows = [
        (
            name,
            "not measured" if estimate["value"] is None else f"{100 * estimate['value']:.1f}",
            _interval(estimate) or str(estimate.get("reason", "")),
            str(estimate.get("queries", "")),
        )
        for name, estimate in run.metrics.items()
    ]
    return element("div", _table(("measure", "value", "95 % interval", "questions"), rows), class_="scroll card")


def _interval(estimate: Mapping[str, float | None]) -> str:
    low, high = estimate.get("low"), estimate.get("high")
    return "" if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f}"


def _made_with(run: RunRecord) -> Markup:
    state = run.collection
    facts = {
        "dataset": f"{run.plan['dataset']}{' (' + run.plan['split'] + ')' if run.plan.get('split') else ''}",
        "arguments": ", ".join(f"{k} {v}" for k, v in run.plan["arguments"].items() if v is not None),
        **{f"{kind} model": fingerprint for kind, fingerprint in run.models.items()},
        "versions": ", ".join(f"{name} {number}" for name, number in run.versions.items()),
    }
    if state:
        facts["collection"] = (
            f"{state.name or 'the texts of the dataset'}, revision {state.revision}, {len(state.sources)} sources, "
            f"{state.passages} passages, content {state.content[:16]}"
        )
    settings = {
        f"{part}.{name}": value
        for part, values in run.settings.items()
        if isinstance(values, Mapping)
        for name, value in values.items()
        if part in {"index", "search", "ask", "models"}
    }
    listed = join([element("dt", name), element("dd", value)] for name, value in facts.items())
    rows = [(name, str(value)) for name, value in settings.items()]
    table = element("div", _table(("setting", "value"), rows), class_="scroll")
    return element(
        "div",
        element("dl", listed),
        element("details", element("summary", "Settings"), table),
        class_="card",
    )


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Markup:
    head = element("tr", [element("th", name, scope="col") for name in header])
    body = [
        element("tr", element("th", row[0], scope="row"), [element("td", value) for value in row[1:]]) for row in rows
    ]
    return element("table", element("thead", head), element("tbody", body))
