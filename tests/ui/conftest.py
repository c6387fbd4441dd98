"""A desk over some of the example articles, and pages of a real browser that look at it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from carrel.platform import Platform
from carrel.ui.welcome import EXAMPLES
from tests.ui.served import Served, served

_PATIENCE = 90_000
"""Milliseconds that an expectation waits, on a machine that is busy with other things too."""
ARTICLES = ("Warsaw", "Oxygen", "Nikola_Tesla", "Rhine")


@pytest.fixture(scope="session")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of example articles."""
    folder = tmp_path_factory.mktemp("articles")
    for name in ARTICLES:
        shutil.copy(EXAMPLES / f"{name}.txt", folder)
    return folder


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, articles: Path) -> Path:
    """A home in which the example articles are indexed."""
    folder = tmp_path_factory.mktemp("desk") / "home"
    with Platform(folder) as desk:
        assert desk.index(articles).indexed == len(ARTICLES)
    return folder


@pytest.fixture(scope="session")
def desk(home: Path) -> Iterator[Served]:
    with served(home) as running:
        yield running


@pytest.fixture
def page(chromium, desk: Served) -> Iterator[object]:
    """A new visitor of the desk, who finds no error in the browser's log when he leaves."""
    yield from visitor(chromium, desk.address)


def visitor(chromium, address: str, **options: object) -> Iterator[object]:
    """Yield a page that knows the address of a desk."""
    expect.set_options(timeout=_PATIENCE)
    context = chromium.new_context(base_url=address, viewport={"width": 1280, "height": 900}, **options)
    context.set_default_timeout(_PATIENCE)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    try:
        yield opened
        assert wrong == []
        assert opened.locator("[data-testid=stException]").count() == 0
    finally:
        context.close()  # a page that is left open looks for news again and again, and slows those after it down


def open_choices(page: Page, label: str) -> None:
    """Open a list of choices; one that opens while the page is still being drawn is closed again."""
    for _ in range(30):
        page.get_by_label(label).press("ArrowDown")
        page.wait_for_timeout(500)
        if page.get_by_role("option").count():
            return
    raise AssertionError(f"The choices of {label} do not open")
