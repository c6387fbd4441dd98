"""Library: files come in, are indexed before one's eyes, asked about, and go again."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from carrel.platform.jobs import INDEX, IndexRequest, open_queue
from carrel.settings import Settings
from tests.indexing.documents import make_pdf
from tests.ui.served import Served
from tests.ui.test_ask import ask

PAGES = (
    ["The annual report of the lighthouse.", "", "Nothing happened in spring."],
    ["In 1998, Morag MacLeod became the keeper of the Skerryvore lighthouse.", "", "She lives there still."],
)


def add(page: Page, *files: Path | dict) -> None:
    page.goto("/library")
    page.get_by_text("Add files").click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(list(files))


def row(page: Page, name: str):
    return page.locator("li[data-source]").filter(has_text=name)


def delete(page: Page, name: str) -> None:
    row(page, name).get_by_role("checkbox").check()
    page.get_by_role("button", name="Delete the ticked ones").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete 1 source").click()
    expect(row(page, name)).to_have_count(0)


def test_a_pdf_is_uploaded_indexed_asked_about_and_deleted(page: Page, desk: Served, tmp_path: Path) -> None:
    file = tmp_path / "lighthouse.pdf"
    file.write_bytes(make_pdf(*PAGES))
    add(page, file)
    expect(page.get_by_text("1 file kept")).to_be_visible()
    expect(row(page, "lighthouse.pdf").locator(".badge")).to_have_text("indexed")
    ask(page, "Who became the keeper of the Skerryvore lighthouse?")
    best = page.get_by_role("region", name="Best answer")
    expect(best.locator(".answer")).to_have_text("Morag MacLeod")
    expect(best).to_contain_text("page 2")
    best.get_by_role("link").click()
    expect(page.locator(".passage mark.found")).to_have_text("Morag MacLeod")
    picture = page.get_by_role("img", name="Page 2 of the document")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 500
    page.goto("/library")
    delete(page, "lighthouse.pdf")
    assert not list((desk.home / "uploads").rglob("*.pdf"))


def test_states_and_names_choose_what_is_listed(page: Page) -> None:
    page.goto("/library")
    expect(page.locator("li[data-source]").first).to_be_visible()
    page.get_by_label("Name contains").fill("tesla")
    page.get_by_label("Name contains").press("Enter")
    expect(page.locator("li[data-source]")).to_have_count(1)
    page.get_by_role("radio", name="failed").click()
    expect(page.get_by_text("No source is like that.")).to_be_visible()


def test_a_folder_is_synced_and_its_failures_have_reasons(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "good.txt").write_text("A kettle stands on the stove.", encoding="utf-8")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    page.goto("/library")
    page.get_by_text("Add files").click()
    page.get_by_label("A folder or file on this computer").fill(str(folder))
    page.get_by_role("button", name="Sync", exact=True).click()
    expect(row(page, "broken.pdf").locator(".badge")).to_have_text("failed")
    expect(row(page, "broken.pdf").locator(".reason")).not_to_be_empty()
    expect(row(page, "good.txt").locator(".badge")).to_have_text("indexed")
    for name in ("broken.pdf", "good.txt"):
        delete(page, name)


def test_the_question_before_deleting_stays_until_it_is_answered(page: Page, desk: Served, tmp_path: Path) -> None:
    page.goto("/library")
    row(page, "Warsaw").get_by_role("checkbox").check()
    page.get_by_role("button", name="Delete the ticked ones").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("Warsaw.txt")
    (tmp_path / "late.txt").write_text("A kettle stands on the stove.", encoding="utf-8")
    with open_queue(desk.home, Settings.load(desk.home)) as queue:
        queue.add(INDEX, "default", IndexRequest(paths=(str(tmp_path),)).arguments())
    # The page is drawn anew, behind the question, for what has come.
    expect(row(page, "late.txt").locator(".badge")).to_have_text("indexed")
    expect(asked).to_be_visible()
    page.keyboard.press("Escape")
    expect(asked).to_have_count(0)
    delete(page, "late.txt")
    expect(row(page, "Warsaw")).to_have_count(1)


def test_a_folder_that_is_not_there_is_said(page: Page) -> None:
    page.goto("/library")
    page.get_by_text("Add files").click()
    page.get_by_label("A folder or file on this computer").fill("/nowhere/at/all")
    page.get_by_role("button", name="Sync", exact=True).click()
    expect(page.get_by_text("There is no file or folder /nowhere/at/all")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.txt", b"", "empty.txt is empty"),
        ("program.exe", b"MZ", "program.exe is of no kind that can be read"),
    ],
)
def test_what_cannot_be_indexed_is_refused(page: Page, name: str, data: bytes, said: str) -> None:
    add(page, {"name": name, "mimeType": "application/octet-stream", "buffer": data})
    expect(page.get_by_text(said)).to_be_visible()
    expect(row(page, name)).to_have_count(0)


def test_an_upload_of_200_mb_is_refused_with_the_limit(page: Page, tmp_path: Path) -> None:
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate(200_000_000)
    add(page, large)
    expect(page.get_by_text("File must be 100.0MB or smaller")).to_be_visible()


def test_a_file_that_is_not_what_its_name_says_fails_with_a_reason(page: Page) -> None:
    add(page, {"name": "picture.docx", "mimeType": "application/zip", "buffer": b"\x89PNG\r\n\x1a\n" + b"\0" * 64})
    expect(row(page, "picture.docx").locator(".badge")).to_have_text("failed")
    expect(row(page, "picture.docx").locator(".reason")).not_to_be_empty()
    delete(page, "picture.docx")
