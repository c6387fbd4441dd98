"""Search: facets, modes side by side, reasons, pages, and files to take along."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from playwright.sync_api import Page, expect


def search(page: Page, query: str) -> None:
    page.goto("/search")
    page.get_by_label("Words to look for").fill(query)
    page.get_by_label("Words to look for").press("Enter")
    expect(page.locator(".hit").first).to_be_visible()


def test_a_facet_chooses_what_is_found(page: Page) -> None:
    search(page, "river city")
    facet = page.get_by_role("region", name="Count by source")
    count = facet.get_by_role("button", name="Warsaw.txt").locator("span").last.text_content()
    facet.get_by_role("button", name="Warsaw.txt").click()
    expect(facet.get_by_role("button", name="Warsaw.txt")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".hit a").filter(has_text="Rhine")).to_have_count(0)
    assert set(page.locator(".hit a").all_text_contents()) == {"Warsaw"}
    assert facet.get_by_role("button", name="Warsaw.txt").locator("span").last.text_content() == count


def test_three_modes_stand_side_by_side(page: Page) -> None:
    search(page, "river city")
    page.get_by_role("button", name="Words", exact=True).click()
    expect(page.get_by_role("region", name="Words")).to_be_visible()
    page.get_by_role("button", name="Meaning", exact=True).click()
    regions = [page.get_by_role("region", name=name, exact=True) for name in ("Both", "Words", "Meaning")]
    for region in regions:
        expect(region.locator(".hit").first).to_be_visible()
    places = [region.bounding_box()["x"] for region in regions]
    assert len(set(places)) == 3


def test_a_hit_says_why(page: Page) -> None:
    search(page, "discovery of oxygen")
    first = page.locator(".hit").first
    expect(first.locator("summary")).to_contain_text("words (BM25)")
    expect(first.locator("summary")).to_contain_text("fused")
    first.locator("summary").click()
    expect(first.get_by_text("Rank before fusion")).to_be_visible()
    assert "oxygen" in {term.lower() for term in first.locator("mark.term").all_text_contents()}


def test_pages_follow_each_other(page: Page) -> None:
    search(page, "water")
    first = page.locator(".rank").all_text_contents()
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".rank").first).to_have_text("11")
    assert first == [str(rank) for rank in range(1, 11)]
    page.get_by_role("button", name="Previous").click()
    expect(page.locator(".rank").first).to_have_text("1")


def test_hits_are_taken_along(page: Page) -> None:
    search(page, "electric motor")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8"))))
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").click()
    hits = json.loads(Path(download.value.path()).read_text("utf-8"))["hits"]
    assert [row["text"] for row in rows] == [hit["text"] for hit in hits]
    assert hits[0]["text"].startswith(page.locator(".hit .text").first.text_content())
    assert len(hits) > 10


def test_a_hit_opens_its_document(page: Page) -> None:
    search(page, "combustion of phlogiston")
    words = page.locator(".hit .text").first.text_content()
    page.locator(".hit a").first.click()
    expect(page.locator("mark.found").first).to_be_in_viewport()
    assert "".join(page.locator("mark.found").all_text_contents()).strip() == words.strip()
