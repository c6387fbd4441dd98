"""Take pictures of every page of the desk, light and dark, wide and narrow: docs/pictures/PAGE-SCHEME-WIDTH.png.

    python -m benchmarks.screenshots [--out docs/pictures]

The desk holds the example articles, a PDF, some labels and an evaluation of them. A picture that would scroll sideways
is an error.
"""

from __future__ import annotations

import argparse
import io
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from carrel import Platform
from carrel.ui.welcome import EXAMPLES
from tests.ui.served import served

_WORDS = "the Krasiński Palace Garden was remodelled by Franciszek Szanior"
_PLACE = (EXAMPLES / "Warsaw.txt").read_text("utf-8").index(_WORDS)
PAGES = {
    "ask": ("/?q=Which river runs through Warsaw?", "[data-answer] mark"),
    "no-answer": ("/?q=Who won the football world cup of 1998?", ".further .hit"),
    "search": ("/search?q=river port city", ".hit mark"),
    "library": ("/library", "li[data-source]"),
    "document": (f"/document?source=Warsaw.txt&start={_PLACE}&end={_PLACE + len(_WORDS)}", "mark.found"),
    "evaluate": ("/evaluate?run=1", "iframe"),
    "label": ("/label", "[data-answer] mark"),
}
QUESTIONS = (
    ("What is the population of Warsaw?", "1"),
    ("Who discovered oxygen?", "1"),
    ("Where was Nikola Tesla born?", "1"),
    ("Who was the first person on the Moon?", "1"),
    ("What is the highest mountain of Kenya?", "1"),
    ("How old is the universe?", "0"),
)
SIZES = {1400: 900, 420: 860}
COLOURS = 128


def prepared(page: Page) -> None:
    """Label some questions and evaluate on them, as a person would."""
    page.goto("/label")
    page.get_by_text("Add questions").click()
    page.get_by_label("Questions, one a line").fill(
        "\n".join([*(text for text, _ in QUESTIONS), "Who was Kublai Khan?"])
    )
    page.get_by_role("button", name="Ask them").click()
    keys = dict(QUESTIONS)
    for done in range(1, len(QUESTIONS) + 1):
        shown = page.locator("[data-labelling]")
        expect(shown.locator("mark").first).to_be_visible()
        number = shown.get_attribute("data-labelling") or ""
        page.locator("h1").click()
        page.keyboard.press(keys.get(page.locator("h2").first.text_content() or "", "1"))
        expect(page.get_by_text(f"{done} of ")).to_be_visible()
        # Not by what is shown then: for a moment there are two.
        expect(page.locator(f"[data-labelling='{number}']")).to_have_count(0)
    page.goto("/evaluate")
    page.get_by_text("labels of this collection").click()
    page.get_by_role("button", name="Measure", exact=True).click()
    expect(page.locator("tr[data-run]").first).to_be_visible()


def pictures(browser: Browser, address: str, out: Path) -> None:
    """Take all pictures."""
    for scheme in ("light", "dark"):
        for width, height in SIZES.items():
            context = browser.new_context(
                base_url=address, viewport={"width": width, "height": height}, color_scheme=scheme
            )
            page = context.new_page()
            page.set_default_timeout(60_000)
            for name, (path, waits) in PAGES.items():
                page.goto(path)
                expect(page.locator(waits).first).to_be_visible()
                page.wait_for_timeout(2500)
                taken(page, out / f"{name}-{scheme}-{width}.png", width)
            context.close()


def taken(page: Page, file: Path, width: int) -> None:
    """Take one picture, in few colours: text and flat areas need no more."""
    wide = page.evaluate(
        "Math.max(document.documentElement.scrollWidth, document.querySelector('[data-testid=stMain]').scrollWidth)"
    )
    if wide > width:
        raise SystemExit(f"{file.name} scrolls sideways: {wide} pixels in {width}")
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file}: {file.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Make the home, show it, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder) / "home"
        with Platform(home) as desk:
            desk.index(EXAMPLES)
        expect.set_options(timeout=120_000)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        with served(home) as desk:
            page = browser.new_context(base_url=desk.address).new_page()
            page.set_default_timeout(60_000)
            prepared(page)
            pictures(browser, desk.address, out)
        browser.close()


if __name__ == "__main__":
    main()
