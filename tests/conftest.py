import os
import shutil
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes depends on what else the machine does. The same commit is tested with the same examples;
# `pytest --hypothesis-profile search` looks for new ones.
settings.register_profile("carrel", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("carrel")

# A shell's background job ignores Ctrl-C, and so would every process that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, object, object]:
    """Fail what would be skipped where CARREL_FORBID_SKIPS says that everything a test needs is there.

    Data sets are no part of the repository, so that a test without them may still be skipped; so may what Haystack's
    own suites leave out, for options that a store need not have.
    """
    report = yield
    assert isinstance(report, pytest.TestReport)
    if report.skipped and os.environ.get("CARREL_FORBID_SKIPS") and isinstance(report.longrepr, tuple):
        path, _, reason = report.longrepr
        if "CARREL_DATA" not in reason and Path(path).is_relative_to(Path(__file__).parent):
            report.outcome = "failed"
            report.longrepr = f"skips are forbidden here: {reason}"
    return report


@pytest.fixture(scope="session")
def carrel_data() -> Path:
    """The folder of public datasets that is not part of the repository."""
    folder = os.environ.get("CARREL_DATA")
    if not folder:
        pytest.skip("CARREL_DATA does not name a folder with the public datasets")
    return Path(folder)


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Let torch work in one thread: so small a network loses more to others than it gains."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """A real browser: Debian's Chromium, driven by Playwright."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Debian's package chromium is not installed")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()
