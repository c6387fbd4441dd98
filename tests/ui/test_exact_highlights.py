# ruff: noqa: RUF001
"""What is marked in the page is the answer, character by character, whatever the text is made of."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from carrel.platform import Platform
from tests.ui.conftest import visitor
from tests.ui.served import served

ANSWERS = 200
PER_QUESTION = 10
PEOPLE = ("Ada", "Boris", "Chloé", "Dagný", "Émile", "Fatima", "Gülşen", "Hōkūle‘a", "Ирина", "Jürgen")
THINGS = (
    "<b>bold</b> & <script>alert(1)</script>",
    "👩\u200d👩\u200d👧\u200d👦 and 🏳️\u200d🌈",
    "Z\u0351\u036b\u0343a\u0365l\u0348g\u0323o\u0321 text",
    "ספר ישן על המדף",
    "كتاب قديم، ١٢٣",
    "**not bold** [link](javascript:alert(1)) `code`",
    "a\tb\u00a0c\u2003d\u200be\u2060f",
    "e\u0301clair au cafe\u0301",
    "\U0001d518\U0001d52b\U0001d526\U0001d520\U0001d52c\U0001d521\U0001d522 𐍈",
    "line one\nline two\n\nline three",
    "&amp; &lt;i&gt; &#x41; &nbsp;",
    "x" * 900,
    "ｆｕｌｌ ｗｉｄｔｈ 漢字かな",
    "\u202eright to left\u202c mark\u200f",
    "'quotes' \"double\" \\back\\slash $math$ :smile:",
)


def texts() -> Iterator[dict[str, str]]:
    """Yield rows of hostile texts: what some people keep, on very long lines too."""
    chosen = random.Random(0)
    for number in range(60):
        parts = []
        for _ in range(4):
            person, thing = chosen.choice(PEOPLE), chosen.choice(THINGS)
            parts.append(f"{person} keeps {thing} in the box of {number}.")
        yield {
            "_id": f"row {number} <i>{chosen.choice(THINGS)[:20]}",
            "title": chosen.choice(THINGS),
            "text": " ".join(parts),
        }


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    rows = folder / "rows.jsonl"
    rows.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in texts()), encoding="utf-8")
    (folder / "carrel.toml").write_text(f"[ask]\ntop_k = {PER_QUESTION}\n", encoding="utf-8")
    with Platform(folder) as platform:
        assert platform.index(rows).indexed == 60
    return folder


def test_200_marked_texts_are_the_answers(chromium, hostile: Path) -> None:
    questions = [f"What does {person} keep in the box of {number}?" for number, person in enumerate(PEOPLE * 2)]
    compared = 0
    with Platform(hostile) as platform, served(hostile) as desk:
        for page in visitor(chromium, desk.address):
            page.goto("/")
            for question in questions:
                expected = [answer.text for answer in platform.ask(question).answers]
                assert marked(page, question) == expected
                compared += len(expected)
            place_is_exact(page)
            assert page.locator("script:has-text('alert(1)'), b:has-text('bold')").count() == 0
    assert compared == ANSWERS


def marked(page: Page, question: str) -> list[str]:
    """Ask on the page, and return what its DOM marks."""
    page.get_by_label("Question").fill(question)
    page.get_by_label("Question").press("Enter")
    expect(page.locator("[data-question]")).to_have_attribute("data-question", question)
    expect(page.locator("[data-answer]")).to_have_count(PER_QUESTION)
    found = page.locator("[data-answer]").evaluate_all(
        "answers => answers.map(a => [a.querySelector('.answer').textContent, a.querySelectorAll('mark').length,"
        " a.querySelector('mark').textContent])"
    )
    assert all(shown == mark and count == 1 for shown, count, mark in found)
    return [mark for _, _, mark in found]


def place_is_exact(page: Page) -> None:
    """Open the last answer's document: what is marked there is the answer too."""
    last = page.locator("[data-answer]").last
    answer = last.locator("mark").text_content()
    last.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Document")).to_be_visible()
    expect(page.locator("mark.found").first).to_be_visible()
    assert "".join(page.locator("mark.found").all_text_contents()) == answer
