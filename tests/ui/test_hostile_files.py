"""Names and texts that try to be markup are shown as text, on every page that shows them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from carrel.platform import Platform
from tests.ui.conftest import open_choices, visitor
from tests.ui.served import served

NAMES = (
    "<img src=x onerror=alert(1)>.txt",
    "[click](javascript:alert(1)) **bold** `code` $x$ :smile:.txt",
    "' onmouseover='alert(1)\" x=\".txt",
    "bell\u0007 and escape\u001b[31m.txt",
    "rtl \u202etxt.exe.txt",
)
TEXT = (
    "<script>alert(1)</script> <img src=x onerror=alert(2)> [a](javascript:alert(3)) <b>bold</b>\x07\x1b[31m "
    "The safe is green."
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("files")
    folder = home / "files"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_text(TEXT, encoding="utf-8")
    row = {"_id": "</script><script>alert(4)</script>", "title": "<i>title</i>", "text": TEXT, "<b>field": "*value*"}
    (folder / "rows.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    with Platform(home) as platform:
        assert platform.index(folder).indexed == len(NAMES) + 1
    return home


def test_nothing_of_it_becomes_markup(chromium, hostile: Path) -> None:
    said: list[str] = []
    with served(hostile) as desk:
        for page in visitor(chromium, desk.address):
            page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
            page.goto("/library")
            expect(page.locator("li[data-source]")).to_have_count(len(NAMES) + 1)
            listed = page.locator("li[data-source]").evaluate_all("rows => rows.map(row => row.dataset.source)")
            shown = page.locator("li[data-source] a").all_text_contents()
            assert sorted(shown) == sorted(listed)
            assert {name.partition(".txt")[0] for name in listed} >= {name.partition(".txt")[0] for name in NAMES}
            page.get_by_text("Folders").click()
            page.goto("/?q=What colour is the safe?")
            expect(page.locator("[data-answer]").first).to_be_visible()
            assert page.locator("[data-text]").first.text_content() == TEXT.rstrip()
            page.get_by_text("Narrow down").click()
            open_choices(page, "Sources")
            expect(page.get_by_role("option").first).to_be_visible()
            page.keyboard.press("Escape")
            page.get_by_text("Earlier questions").click()
            page.goto("/search?q=safe green")
            expect(page.get_by_role("region", name="Count by source").get_by_role("button")).not_to_have_count(0)
            page.get_by_text("Narrow down").click()
            page.locator(".hit a").first.click()
            expect(page.locator("mark.found").first).to_be_visible()
            page.goto("/document?source=<img src=x onerror=alert(5)>")
            expect(page.get_by_role("alert")).to_contain_text("<img src=x onerror=alert(5)>")
            assert said == []
            assert page.locator("main img, main script").count() == 0
