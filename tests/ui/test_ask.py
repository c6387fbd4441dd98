"""Ask: the answer, its place, what people say of it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from carrel.records.database import Records
from carrel.records.labels import Labels
from carrel.types import Span
from tests.ui.conftest import open_choices
from tests.ui.served import Served

RIVER = "Which river runs through Warsaw?"
SELECT = """([selector, words]) => {
    const walker = document.createTreeWalker(document.querySelector(selector), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const at = node.data.indexOf(words);
        if (at < 0) continue;
        document.getSelection().setBaseAndExtent(node, at, node, at + words.length);
        return true;
    }
    return false;
}"""


def ask(page: Page, question: str) -> None:
    page.goto("/")
    page.get_by_label("Question").fill(question)
    page.get_by_label("Question").press("Enter")
    shown(page, question)


def shown(page: Page, question: str) -> None:
    """Wait until a question is answered on the page."""
    expect(page.locator("[data-question]")).to_have_attribute("data-question", question)
    expect(page.locator("[data-answer], .hit").first).to_be_visible()


def labels(desk: Served, question: str) -> list[tuple[str, Span | None, str]]:
    records = Records.at(desk.home)
    try:
        kept = Labels(records, "default").all()
        return [(label.source, label.span, label.origin) for label in kept if label.question == question]
    finally:
        records.close()


def test_an_answer_stands_large_with_its_confidence_and_marked_in_its_passage(page: Page) -> None:
    ask(page, RIVER)
    best = page.get_by_role("region", name="Best answer")
    expect(best.locator(".answer")).to_contain_text("Vistula")
    assert best.locator(".answer").text_content() == best.locator("mark").text_content()
    expect(best.locator(".sure")).to_contain_text("%")
    expect(page.get_by_text("Answered in")).to_be_visible()
    assert page.locator(".further [data-answer]").count() > 0


def test_the_link_of_an_answer_opens_the_document_at_its_place(page: Page) -> None:
    ask(page, RIVER)
    answer = page.locator(".answer").first.text_content()
    page.get_by_role("region", name="Best answer").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Document")).to_be_visible()
    place = page.locator("mark.found")
    expect(place).to_be_in_viewport()
    assert place.text_content() == answer
    assert page.locator(".passage").count() > 5


def test_a_place_can_be_opened_by_its_address(page: Page) -> None:
    ask(page, RIVER)
    href = page.get_by_role("region", name="Best answer").get_by_role("link").get_attribute("href")
    answer = page.locator(".answer").first.text_content()
    page.goto(href)
    expect(page.locator("mark.found")).to_have_text(answer)


def test_no_answer_is_an_answer_with_what_came_nearest(page: Page) -> None:
    ask(page, "Who won the football world cup of 1998?")
    expect(page.get_by_role("region", name="No answer")).to_contain_text("No answer found in this collection")
    expect(page.get_by_role("heading", name="The nearest passages")).to_be_visible()
    assert page.locator(".further .hit").count() > 0


def test_a_thumb_is_kept_as_a_label_and_turned_over(page: Page, desk: Served) -> None:
    question = "What is the capital of Poland?"
    ask(page, question)
    page.get_by_role("button", name="Right").first.click()
    expect(page.get_by_role("button", name="Right").first).to_have_attribute("aria-pressed", "true")
    [(source, span, origin)] = labels(desk, question)
    assert (source, origin) == ("Warsaw.txt", "thumb up")
    assert span is not None
    page.get_by_role("button", name="Wrong").first.click()
    expect(page.get_by_role("button", name="Wrong").first).to_have_attribute("aria-pressed", "true")
    assert labels(desk, question) == [("Warsaw.txt", None, "thumb down")]


def test_selected_words_become_the_right_answer(page: Page, desk: Served, articles) -> None:
    question = "Which mountains are near Warsaw?"
    ask(page, question)
    words = page.locator("[data-text]").first.text_content().split()[3]
    assert page.evaluate(SELECT, ["[data-text]", words])
    page.get_by_role("button", name="This is the right answer").click()
    expect(page.get_by_text("Kept as the right answer:")).to_be_visible()
    [(source, span, origin)] = labels(desk, question)
    text = (articles / source).read_text("utf-8")
    assert (text[span.start : span.end], origin) == (words, "selected")


def test_earlier_questions_can_be_asked_again(page: Page) -> None:
    ask(page, RIVER)
    ask(page, "Who discovered oxygen?")
    page.get_by_text("Earlier questions").click()
    page.get_by_role("button", name=RIVER).click()
    expect(page.locator("[data-question]")).to_have_attribute("data-question", RIVER)
    expect(page.get_by_label("Question")).to_have_value(RIVER)


def test_a_filter_narrows_the_answers_down(page: Page) -> None:
    page.goto("/")
    page.get_by_text("Narrow down").click()
    open_choices(page, "Sources")
    page.get_by_role("option", name="Rhine.txt").click()
    page.keyboard.press("Escape")
    page.get_by_label("Question").fill(RIVER)
    page.get_by_label("Question").press("Enter")
    shown(page, RIVER)
    assert set(page.locator("[data-answer] a, .hit a").all_text_contents()) == {"Rhine"}
