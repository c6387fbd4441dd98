"""Axe-core finds nothing serious in the desk's own parts, and the keyboard alone is enough."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import visitor
from tests.ui.served import Served

PAGES = {
    "/?q=Which river runs through Warsaw?": "[data-answer]",
    "/search?q=river city": ".hit",
    "/library": "li[data-source]",
    "/document?source=Warsaw.txt&start=300&end=320": "mark.found",
    "/evaluate": "h1",
    "/label": "h1",
}
OWN = ".carrel"
WIDTH = "Math.max(document.documentElement.scrollWidth, document.querySelector('[data-testid=stMain]').scrollWidth)"
CLUTTER = "[data-testid=stAppDeployButton], [data-testid=stMainMenu], [data-testid=stStatusWidget], footer"


def violations(page: Page, within: str | None) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, context=within).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_violation_or_default_clutter(chromium, desk: Served, scheme: str) -> None:
    for page in visitor(chromium, desk.address, color_scheme=scheme):
        for path, waits in PAGES.items():
            page.goto(path)
            expect(page.locator(waits).first).to_be_visible()
            expect(page.locator(OWN).first).to_be_attached()
            assert violations(page, OWN) == [], path
            assert page.locator(CLUTTER).locator("visible=true").count() == 0, path


def test_nothing_scrolls_sideways_on_a_phone(chromium, desk: Served) -> None:
    for page in visitor(chromium, desk.address):
        page.set_viewport_size({"width": 420, "height": 800})
        for path, waits in PAGES.items():
            page.goto(path)
            expect(page.locator(waits).first).to_be_visible()
            assert page.evaluate(WIDTH) <= 420, path


def test_the_keyboard_alone_asks_and_opens_the_place(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_label("Question")).to_be_visible()
    to(page, lambda: page.evaluate("document.activeElement.getAttribute('aria-label') == 'Question'"))
    page.keyboard.type("Who discovered oxygen?")
    page.keyboard.press("Enter")
    expect(page.locator("[data-answer]").first).to_be_visible()
    to(page, lambda: page.evaluate("document.activeElement.matches('[data-answer] a')"))
    page.keyboard.press("Enter")
    expect(page.locator("mark.found").first).to_be_in_viewport()


def to(page: Page, arrived) -> None:
    """Press Tab until something has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if arrived():
            return
    raise AssertionError("the keyboard does not reach it")
