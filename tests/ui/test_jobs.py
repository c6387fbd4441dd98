"""Jobs: seen on every page, cancelled there, and done by the worker that the desk started."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from carrel.platform.jobs import INDEX, IndexRequest, open_queue
from carrel.settings import Settings
from tests.ui.served import Served


def test_a_job_is_seen_on_every_page_and_cancelled(page: Page, desk: Served, articles) -> None:
    watch = IndexRequest(paths=(str(articles),), watch=True)
    with open_queue(desk.home, Settings.load(desk.home)) as queue:
        job = queue.add(INDEX, "default", watch.arguments())
    for path in ("/", "/search", "/library", "/evaluate", "/label"):
        page.goto(path)
        expect(page.locator(f"[data-job='{job.id}']")).to_be_visible()
    page.get_by_role("button", name=f"Cancel: Indexing {job.id}").click()
    expect(page.locator(f"[data-job='{job.id}']")).to_contain_text("cancelled")
    assert next(one for one in desk.jobs() if one.id == job.id).state == "cancelled"
    page.get_by_role("button", name=f"Hide: Indexing {job.id}").click()
    expect(page.locator(f"[data-job='{job.id}']")).to_have_count(0)
