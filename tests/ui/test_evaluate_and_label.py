"""Label and Evaluate: labels come in by the keyboard, a run is measured on them, opened, and compared with another."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from carrel.platform import Platform
from carrel.platform.labels import keep_label
from carrel.records.database import Records
from carrel.records.label import Label
from carrel.records.labels import Labels
from carrel.types import Span
from tests.ui.served import Served

QUESTIONS = ("What is the population of Warsaw?", "Where was Nikola Tesla born?", "How long is the Rhine?")


@pytest.fixture
def labelled(desk: Served) -> None:
    """Two labels to measure on, whatever a person labelled before."""
    records = Records.at(desk.home)
    with Platform(desk.home) as platform:
        for question, source, answer in (
            (QUESTIONS[1], "Nikola_Tesla.txt", "Smiljan"),
            (QUESTIONS[2], "Rhine.txt", "1,230 km"),
        ):
            text = platform.store.version_text(source)
            span = Span(text.text.index(answer), text.text.index(answer) + len(answer))
            keep_label(platform.store, Labels(records, "default"), Label(question, source, text.hash, span))
    records.close()


def test_questions_are_labelled_by_keys_and_exported(page: Page) -> None:
    page.goto("/label")
    page.get_by_text("Add questions").click()
    page.get_by_label("Questions, one a line").fill("\n".join(QUESTIONS))
    page.get_by_role("button", name="Ask them").click()
    expect(page.locator("[data-answer]").first).to_be_visible()
    done = int(re.search(r"(\d+) of", page.get_by_text("done.").text_content())[1])
    for number, key in enumerate(("1", "0", "s"), start=done + 1):
        shown = page.locator("[data-labelling]")
        expect(shown.locator("mark").first).to_be_visible()
        asked = shown.get_attribute("data-labelling")
        page.locator("h1").click()
        page.keyboard.press(key)
        expect(page.get_by_text(f"{number} of ")).to_be_visible()
        expect(page.locator(f"[data-labelling='{asked}']")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export in SQuAD format").click()
    exported = json.loads(Path(download.value.path()).read_text("utf-8"))
    paragraphs = [paragraph for article in exported["data"] for paragraph in article["paragraphs"]]
    asked = [qa for paragraph in paragraphs for qa in paragraph["qas"]]
    assert any(qa["answers"] for qa in asked)
    assert any(qa["is_impossible"] for qa in asked)
    for paragraph in paragraphs:
        for qa in paragraph["qas"]:
            for answer in qa["answers"]:
                assert paragraph["context"][answer["answer_start"] :].startswith(answer["text"])


@pytest.mark.usefixtures("labelled")
def test_a_run_is_measured_on_the_labels_opened_and_compared(page: Page) -> None:
    for number in (1, 2):
        page.goto("/evaluate")
        if number > 1:
            page.get_by_text("Measure", exact=True).first.click()
        page.get_by_text("labels of this collection").click()
        page.get_by_role("button", name="Measure", exact=True).click()
        expect(page.locator(f"tr[data-run='{number}']")).to_be_visible(timeout=90_000)
    page.get_by_role("button", name="Report of run 2").click()
    report = page.frame_locator("iframe")
    expect(report.locator("#waterfall svg.plot")).to_be_visible()
    expect(report.locator(".question").first).to_be_visible()
    page.get_by_text("Compare two runs").click()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("region", name="Comparison").locator(".verdict").first).not_to_be_empty()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open it in a page of its own").click()
    expect(opened.value.locator("#waterfall svg.plot")).to_be_visible()
