"""Time the desk in a real Chromium: a question on the example corpus, a large library, and pages during indexing.

    python -m benchmarks.ui ask [--repeat 30]
    python -m benchmarks.ui library --folder SCRATCH [--sources 20000] [--per-source 5]
    python -m benchmarks.ui indexing --folder SCRATCH [--files 2000]

`ask` goes from the key that sends the question to the answer being drawn, warm. `library` fills a collection of made-up
texts once and keeps it in SCRATCH. `indexing` uses all pages while a job indexes, and compares the counts at the end.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from carrel import Platform
from carrel.platform.jobs import INDEX, IndexRequest, open_queue
from carrel.settings import Settings
from carrel.types import CanonicalText, SourceInfo, SourceVersion, Span
from carrel.ui.welcome import EXAMPLES
from tests.ui.served import served

QUESTIONS = (
    "Which river runs through Warsaw?",
    "Who discovered oxygen?",
    "When did the oil crisis begin?",
    "Where was Nikola Tesla born?",
    "Who won Super Bowl 50?",
    "How long is the Rhine?",
    "What is the capital of Kenya?",
    "Who led the Mongol Empire?",
    "What causes the Black Death?",
    "Who invented the steam engine?",
)
_WORDS = 60
_SOURCES_AT_ONCE = 1000


@contextmanager
def opened(home: Path) -> Iterator[Page]:
    """Open the desk of a home in a browser."""
    program = shutil.which("chromium")
    with served(home) as desk, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_context(base_url=desk.address, viewport={"width": 1400, "height": 900}).new_page()
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        yield page
        browser.close()


def milliseconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)


def told(name: str, taken: list[float]) -> None:
    """Print the middle and the late ones of some times."""
    middle, late = statistics.median(taken), np.quantile(taken, 0.95)
    print(f"{name}: p50 {middle:.0f} ms, p95 {late:.0f} ms, best {min(taken):.0f} ms, {len(taken)} times")


def ask(options: argparse.Namespace) -> None:
    """Ask on the example corpus."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        with Platform(home) as desk:
            desk.index(EXAMPLES)
        with opened(home) as page:
            page.goto("/")
            told("ask, key press to answer drawn", [_asked(page, turn) for turn in range(-3, options.repeat)][3:])


def _asked(page: Page, turn: int) -> float:
    question = QUESTIONS[turn % len(QUESTIONS)]
    field = page.get_by_label("Question", exact=True)
    field.fill(question)
    drawn = """question => new Promise(done => {
        const look = () => document.querySelector('[data-question]')?.dataset.question === question
            ? done(performance.now()) : requestAnimationFrame(look);
        look();
    })"""
    waiting = page.evaluate_handle(f"question => ({{ drawn: ({drawn})(question) }})", question)
    began: float = page.evaluate("performance.now()")
    field.press("Enter")
    ended: float = waiting.evaluate("waiting => waiting.drawn")
    return ended - began


def library(options: argparse.Namespace) -> None:
    """Open and turn the pages of a large library."""
    home = options.folder / f"library-{options.sources}-{options.per_source}"
    if not (home / "filled").exists():
        _fill(home, options.sources, options.per_source)
        (home / "filled").touch()
    with opened(home) as page:
        page.goto("/evaluate")
        expect(page.get_by_role("heading", name="Evaluate")).to_be_visible()
        first = [milliseconds(lambda: _library(page)) for _ in range(options.repeat)]
        told("Library drawn, from a new load of the page", first)
        told("Library turned to the next page", [_turned(page) for _ in range(options.repeat)])
        told("Search drawn", [_searched(page, turn) for turn in range(options.repeat)])


def _library(page: Page) -> None:
    page.goto("/library", wait_until="commit")
    expect(page.locator("li[data-source]").first).to_be_visible()


def _turned(page: Page) -> float:
    first = page.locator("li[data-source]").first.get_attribute("data-source")
    button = page.get_by_role("button", name="Next")
    began = time.perf_counter()
    button.click()
    page.wait_for_function("name => document.querySelector('li[data-source]')?.dataset.source !== name", arg=first)
    return 1000 * (time.perf_counter() - began)


def _searched(page: Page, turn: int) -> float:
    if turn == 0:
        page.goto("/search")
    field = page.get_by_label("Words to look for")
    words = f"w{turn + 40} w{turn + 100}"
    field.fill(words)
    before = page.locator("ol").first.inner_text() if turn else ""
    began = time.perf_counter()
    field.press("Enter")
    page.wait_for_function(
        "before => { const ol = document.querySelector('ol'); return ol && ol.innerText !== before; }", arg=before
    )
    return 1000 * (time.perf_counter() - began)


def _fill(home: Path, sources: int, per_source: int) -> None:
    random = np.random.default_rng(0)
    with Platform(home) as desk:
        desk.index(next(EXAMPLES.glob("*.txt")))  # makes the collection, with the vectors of the encoder in use
        fingerprint = desk.encoder.fingerprint
        with desk.store.lease("benchmark") as lease:
            for begin in range(0, sources, _SOURCES_AT_ONCE):
                batch = [_source(random, n, per_source) for n in range(begin, min(begin + _SOURCES_AT_ONCE, sources))]
                desk.store.write_sources(batch, lease=lease)
                while missing := desk.store.missing_vectors(fingerprint, limit=4000):
                    vectors = random.normal(size=(len(missing), 384)).astype(np.float32)
                    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
                    desk.store.write_vectors(fingerprint, [name for name, _ in missing], vectors, lease=lease)


def _source(random: np.random.Generator, number: int, passages: int) -> SourceVersion:
    ranks = np.minimum(random.zipf(1.3, _WORDS * passages), 50_000)
    pieces = [" ".join(f"w{rank}" for rank in part) for part in np.split(ranks, passages)]
    starts = np.cumsum([0, *(len(piece) + 1 for piece in pieces)]).tolist()
    spans = tuple(Span(start, start + len(piece)) for start, piece in zip(starts, pieces, strict=False))
    meta = {"year": int(1990 + number % 30), "kind": ("report", "letter", "note")[number % 3]}
    info = SourceInfo(f"folder/{number:06}.txt", str(number), root="/made-up", size=400 * passages, meta=meta)
    return SourceVersion(info, CanonicalText(" ".join(pieces), title=f"Text {number}"), spans)


def indexing(options: argparse.Namespace) -> None:
    """Use every page while files are indexed, and compare the counts with the files at the end."""
    home = options.folder / "indexing"
    shutil.rmtree(home, ignore_errors=True)
    texts = home / "texts"
    texts.mkdir(parents=True)
    random = np.random.default_rng(1)
    for number in range(options.files):
        words = " ".join(f"w{rank}" for rank in np.minimum(random.zipf(1.3, 120), 50_000))
        (texts / f"{number:05}.txt").write_text(f"Note {number}. {words}.", encoding="utf-8")
    with opened(home) as page:
        with open_queue(home, Settings.load(home)) as queue:
            job = queue.add(INDEX, "default", IndexRequest(paths=(str(texts),)).arguments())
        taken: dict[str, list[float]] = {}
        while _job(home, job.id).finished is None:
            for path in ("/library", "/search?q=w12", "/?q=What does note 7 say?", "/evaluate", "/label"):
                taken.setdefault(path, []).append(milliseconds(lambda path=path: _visited(page, path)))
        for path, times in taken.items():
            told(f"during indexing, {path}", times)
        page.goto("/library")
        shown = page.locator(".counts").inner_text()
        print(" ".join(shown.split()), "in", f"{_job(home, job.id).seconds:.0f} s")
        expect(page.locator(".counts")).to_contain_text(f"{options.files:,}")


def _visited(page: Page, path: str) -> None:
    page.goto(path, wait_until="commit")
    expect(page.locator("h1")).to_be_visible()
    page.wait_for_load_state("networkidle")
    if page.locator("[data-testid=stException]").count():
        raise RuntimeError(f"{path} shows an error")


def _job(home: Path, number: int) -> Any:
    with open_queue(home, Settings.load(home)) as queue:
        return queue.get(number)


def main() -> None:
    """Run one of the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["ask", "library", "indexing"])
    parser.add_argument("--repeat", type=int, default=30)
    parser.add_argument("--folder", type=Path, default=Path("ui-benchmark"))
    parser.add_argument("--sources", type=int, default=20_000)
    parser.add_argument("--per-source", type=int, default=5)
    parser.add_argument("--files", type=int, default=2000)
    options = parser.parse_args()
    {"ask": ask, "library": library, "indexing": indexing}[options.what](options)


if __name__ == "__main__":
    main()
