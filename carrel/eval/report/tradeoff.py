"""The trade-off of a model's forms as one HTML page without a reference to anything outside it."""

from __future__ import annotations

import math

from carrel.eval.optimization import Form, Optimization
from carrel.eval.report import charts
from carrel.eval.report.charts import Axis, Plane
from carrel.eval.report.markup import Markup, element
from carrel.eval.report.page import own_file, page_head

_MB = 1_000_000


def tradeoff_page(outcome: Optimization) -> str:
    """Return the page: quality against latency and size of every form, and the numbers."""
    body = element(
        "body",
        element(
            "header",
            element("p", "Carrel optimization", class_="kind"),
            element("h1", outcome.model),
            element("p", f"{outcome.kind} · {outcome.questions} questions", class_="summary"),
        ),
        element(
            "main",
            element("section", element("h2", "Trade-off"), _picture(outcome), aria_label="Trade-off"),
            element("section", element("h2", "Numbers"), _table(outcome), aria_label="Numbers"),
        ),
        element("script", Markup(own_file("report.js"))),
    )
    return "<!doctype html>\n" + element("html", page_head(f"{outcome.model}, optimized"), body, lang="en").text + "\n"


def row(form: Form) -> tuple[str, ...]:
    """Return the cells of a form: name, size, mean with standard deviation, p95, quality, agreement."""
    return (
        form.name,
        f"{form.size / _MB:.1f}",
        f"{1000 * form.mean:.2f} ± {1000 * form.deviation:.2f}",
        f"{1000 * form.p95:.2f}",
        f"{100 * form.quality:.1f}",
        f"{100 * form.agreement:.2f}",
    )


def header(outcome: Optimization) -> tuple[str, ...]:
    """Return the names of the cells."""
    return ("form", "MB", "ms a call", "p95 ms", outcome.quality, outcome.agreement)


def _picture(outcome: Optimization) -> Markup:
    slowest = max(1000 * form.mean for form in outcome.forms)
    best, worst = (pick(100 * form.quality for form in outcome.forms) for pick in (max, min))
    low, high = math.floor(worst - 1), math.ceil(best + 1)
    ticks = [low + (high - low) * part / 4 for part in range(5)]
    across = Axis(0, 1.15 * slowest, [slowest * part / 4 for part in range(5)], "ms a call", "{:.1f}".format)
    plane = Plane(across, Axis(low, high, ticks, outcome.quality, "{:.1f}".format))
    largest = max(form.size for form in outcome.forms)
    marks = []
    for form in outcome.forms:
        point = 1000 * form.mean, 100 * form.quality
        x, y = plane.place(point)
        marks += plane.dots([point], "first", radius=3 + 9 * math.sqrt(form.size / largest))
        marks.append(charts.label(f"{form.name}, {form.size / _MB:.0f} MB", x, y - 14, anchor="middle", class_="name"))
    description = "; ".join(
        f"{form.name}: {100 * form.quality:.1f} at {1000 * form.mean:.1f} ms, {form.size / _MB:.0f} MB"
        for form in outcome.forms
    )
    name = f"{outcome.quality} against latency; the larger the dot, the more bytes"
    return element("figure", charts.drawing(name, description, plane.frame(), marks), element("figcaption", name))


def _table(outcome: Optimization) -> Markup:
    head = element("tr", [element("th", name, scope="col") for name in header(outcome)])
    rows = [element("tr", [element("td", cell) for cell in row(form)]) for form in outcome.forms]
    return element("table", element("thead", head), element("tbody", rows))
