"""Converting within limits: a file that takes too much time or memory, or crashes the converter, fails alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from carrel.errors import ConversionError
from carrel.indexing.conversion import Conversion
from carrel.indexing.converters import format_of
from carrel.indexing.converters.document import Converted
from carrel.settings import ConversionSettings
from tests.indexing.conftest import Index
from tests.indexing.documents import make_pdf, make_zip

SLOW = b"{/*" * 150_000
"""An MDX file that takes a time in proportion to the square of its size."""
LARGE = make_zip({"content.xml": b"<a>" + b"x " * (60 << 20) + b"</a>"})
"""An ODT of 120 MB in a small package."""
SCRIPT = """
import signal, sys, threading
from pathlib import Path
from carrel.indexing.conversion import Conversion
from carrel.indexing.converters import format_of

# What runs in the background of a shell ignores Ctrl-C, and hands that down.
signal.signal(signal.SIGINT, signal.default_int_handler)

def children():
    return Path(f"/proc/self/task/{threading.main_thread().native_id}/children").read_text().split()

with Conversion() as conversion:
    print(conversion.convert(format_of("a.md"), b"# Tea", "a.md").text.text, *children(), flush=True)
    if len(sys.argv) > 1:
        conversion.convert(format_of("a.mdx"), Path(sys.argv[1]).read_bytes(), "a.mdx")
"""


def convert(conversion: Conversion, name: str, data: bytes) -> Converted:
    form = format_of(name)
    assert form is not None
    return conversion.convert(form, data, name)


def failure(conversion: Conversion, name: str, data: bytes) -> ConversionError:
    with pytest.raises(ConversionError) as caught:
        convert(conversion, name, data)
    return caught.value


def children() -> list[int]:
    """Return the processes that the threads of this one have started, zombies included."""
    tasks = Path("/proc/self/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 20
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_running(pid)


def test_the_process_returns_what_the_converter_does() -> None:
    pdf = make_pdf(["The kettle", "", "Boil water."], ["Second page."], Author="Ann")
    form = format_of("tea.pdf")
    assert form is not None
    with Conversion() as conversion:
        assert convert(conversion, "tea.pdf", pdf) == form.convert(pdf, "tea.pdf")
        assert convert(conversion, "a.md", b"---\ntags: [x]\n---\n# T\xc3\xa9a\n\n## Pot\n\ntext").meta == {
            "tags": ["x"]
        }
        assert failure(conversion, "b.pdf", b"%PDF-1.7 nothing").error == "damaged file"


def test_one_process_serves_all_files_and_ends_with_the_job() -> None:
    before = children()
    with Conversion() as conversion:
        for _ in range(3):
            convert(conversion, "a.md", b"# Tea")
        (started,) = set(children()) - set(before)
    assert not Path(f"/proc/{started}").exists()


def test_plain_text_needs_no_process() -> None:
    before = children()
    with Conversion() as conversion:
        assert convert(conversion, "a.txt", b"text").text.text == "text"
        assert children() == before


def test_a_file_that_takes_too_long() -> None:
    with Conversion(ConversionSettings(seconds=5.0)) as conversion:
        error = failure(conversion, "a.mdx", SLOW)
        assert error.error == "too slow"
        assert "took longer than 5 s" in error.reason
        assert convert(conversion, "a.mdx", b"# Tea").text.text == "Tea"


def test_a_file_that_needs_too_much_memory() -> None:
    with Conversion(ConversionSettings(memory_mb=64)) as conversion:
        error = failure(conversion, "bomb.odt", LARGE)
        assert error.error == "too much memory"
        assert "needed more than 64 MB of memory" in error.reason
        assert convert(conversion, "a.md", b"# Tea").text.text == "Tea"


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_converter_that_crashes(number: signal.Signals) -> None:
    before = children()
    with Conversion() as conversion:
        convert(conversion, "a.md", b"# Tea")
        (started,) = set(children()) - set(before)
        threading.Timer(0.5, os.kill, (started, number)).start()
        error = failure(conversion, "a.mdx", SLOW)
        assert error.error == "converter crashed"
        assert number.name in error.reason
        assert convert(conversion, "a.md", b"# Tea").text.text == "Tea"


def test_a_process_that_died_between_two_files_is_replaced() -> None:
    before = children()
    with Conversion() as conversion:
        convert(conversion, "a.md", b"# Tea")
        (started,) = set(children()) - set(before)
        os.kill(started, signal.SIGKILL)
        assert wait_until_gone(started)
        assert convert(conversion, "a.md", b"# Pot").text.text == "Pot"


def test_what_is_too_large_is_not_read() -> None:
    with Conversion(ConversionSettings(file_mb=1)) as conversion:
        assert failure(conversion, "a.txt", bytes(2 << 20)).error == "file too large"


def test_bad_files_do_not_end_the_job(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.md").write_bytes(b"# Tea")
    (folder / "b.mdx").write_bytes(SLOW)
    (folder / "c.odt").write_bytes(LARGE)
    (folder / "d.md").write_bytes(b"# Pot")

    report = index(folder, conversion=ConversionSettings(seconds=5.0, memory_mb=64))

    assert report.indexed == 2
    assert {failed.source: failed.error for failed in report.failed} == {
        "b.mdx": "too slow",
        "c.odt": "too much memory",
    }


def start(tmp_path: Path, *arguments: str) -> tuple[subprocess.Popen[str], int]:
    """Run a script that converts without a `__main__` guard; returns it and its conversion process."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    running = subprocess.Popen([sys.executable, script, *arguments], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    title, pid = running.stdout.readline().split()
    assert title == "Tea"
    return running, int(pid)


def test_a_script_without_a_guard(tmp_path: Path) -> None:
    with start(tmp_path)[0] as script:
        assert script.wait(20) == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_the_process_ends_with_the_job_however_that_ends(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "slow.mdx").write_bytes(SLOW)
    script, pid = start(tmp_path, str(tmp_path / "slow.mdx"))
    with script:
        time.sleep(0.3)
        assert is_running(pid)
        script.send_signal(number)
        script.wait(20)
        assert wait_until_gone(pid)
