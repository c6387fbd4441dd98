"""The odd files that people have, and a real tree of documentation.

`formats.csv` says of every file what has to become of it: looked up in the files, not in what a converter makes of
them. `must` and `must_not` are strings of its text, parted by a broken bar.
"""

from __future__ import annotations

import codecs
import csv
import tarfile
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from carrel.indexing.converters import convert
from carrel.indexing.splitter import Splitter
from carrel.stores.embedded.store import EmbeddedStore
from carrel.types import CanonicalText, SourceState
from tests.indexing.conftest import Index

TABLE = Path(__file__).parent / "formats.csv"
LONGEST_SECONDS = 300


class Expected(NamedTuple):
    file: str
    state: str
    error: str
    must: str
    must_not: str

    def problems(self, text: str) -> list[str]:
        """Return what is missing in a text, and what it must not hold."""
        missing = [f"lacks {string!r}" for string in strings(self.must) if string not in text]
        return missing + [f"holds {string!r}" for string in strings(self.must_not) if string in text]


def strings(cell: str) -> list[str]:
    """Return the strings in a cell of the table, where newlines and NUL are written as in Python."""
    parts = cell.split("\N{BROKEN BAR}") if cell else []
    return [codecs.escape_decode(part.encode())[0].decode() for part in parts]  # type: ignore[attr-defined]


def expectations() -> list[Expected]:
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return [Expected(**row) for row in csv.DictReader(stream)]


def check(text: CanonicalText) -> None:
    assert text.text.strip()
    assert text.title
    for heading in text.headings:
        assert text.text[heading.start : heading.start + len(heading.text)] == heading.text
    (spans,) = Splitter().split([text])
    assert "".join(text.text[span.start : span.end] for span in spans) == text.text


def test_every_odd_file_becomes_what_the_table_says(store: EmbeddedStore, index: Index, carrel_data: Path) -> None:
    folder = carrel_data / "documents" / "formats"
    began = time.monotonic()
    report = index(folder)
    assert time.monotonic() - began < LONGEST_SECONDS

    expected = expectations()
    assert [row.file for row in expected] == sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.*"))
    assert report.sources == len(expected)
    wrong = {}
    for row in expected:
        source = store.source(row.file)
        assert source is not None
        if (source.state, source.error or "") != (row.state, row.error):
            wrong[row.file] = [f"is {source.state}: {source.reason}"]
        elif row.state == SourceState.INDEXED:
            text = store.version_text(row.file)
            check(text)
            wrong[row.file] = row.problems(text.text)
        else:
            assert source.reason
            assert "Traceback" not in source.reason
    assert {file: problems for file, problems in wrong.items() if problems} == {}


def test_the_table_can_fail() -> None:
    row = Expected("a.txt", "indexed", "", "one\\ntwo\N{BROKEN BAR}three", "four")

    assert row.problems("one\ntwo three") == []
    assert row.problems("one two four") == ["lacks 'one\\ntwo'", "lacks 'three'", "holds 'four'"]


@pytest.mark.slow
def test_a_tree_of_documentation_shows_no_markup(carrel_data: Path) -> None:
    with tarfile.open(carrel_data / "documents" / "haystack-docs.tar.gz") as archive:
        pages = {m.name: archive.extractfile(m).read() for m in archive if m.name.endswith(".mdx")}  # type: ignore[union-attr]
    assert len(pages) == 448
    for name, data in pages.items():
        text = convert(data, name).text
        check(text)
        for mark in ("@theme/", "@site/", "className=", "<TabItem", "</div>", "\n:::", "| --- |"):
            assert mark not in text.text, name
