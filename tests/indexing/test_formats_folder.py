"""The odd files that people have, and a real tree of documentation."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from carrel.indexing.converters import convert, format_of
from carrel.indexing.splitter import Splitter
from carrel.stores.embedded.store import EmbeddedStore
from carrel.types import CanonicalText
from tests.indexing.conftest import Index

REFUSED = {"fake-text-all-whitespace.txt": "no text", "pdf/password.pdf": "password protected"}


def check(text: CanonicalText) -> None:
    assert text.text.strip()
    assert text.title
    for heading in text.headings:
        assert text.text[heading.start : heading.start + len(heading.text)] == heading.text
    (spans,) = Splitter().split([text])
    assert "".join(text.text[span.start : span.end] for span in spans) == text.text


def test_every_odd_file_is_read_or_refused_with_a_reason(store: EmbeddedStore, index: Index, carrel_data: Path) -> None:
    folder = carrel_data / "documents" / "formats"
    report = index(folder)

    assert {failure.source: failure.error for failure in report.failed} == REFUSED
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and format_of(path.name) and name not in REFUSED:
            check(store.version_text(name))


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("fake-html-cp1252.html", "L'\u00e9t\u00e9 \u00e9tait tr\u00e8s chaud"),
        ("fake-text-utf-16-be.txt", "Hamburgers are delicious"),
        ("docx-tables.docx", "Header Col 1 | Header Col 2"),
        ("semicolon-delimited.csv", "ut labore"),
        (
            "pdf/multi-column.pdf",
            "traditional sparse vector space models, such as TF-IDF or BM25, are the de facto method",
        ),
        ("language-docs/fr_olap.pdf", "repose sur l\u2019exploitation et la fouille de fichiers logs"),
    ],
)
def test_what_stands_in_them(carrel_data: Path, name: str, phrase: str) -> None:
    path = carrel_data / "documents" / "formats" / name

    assert phrase in convert(path.read_bytes(), path.name).text.text


def test_a_tree_of_documentation_shows_no_markup(carrel_data: Path) -> None:
    with tarfile.open(carrel_data / "documents" / "haystack-docs.tar.gz") as archive:
        pages = {m.name: archive.extractfile(m).read() for m in archive if m.name.endswith(".mdx")}  # type: ignore[union-attr]
    assert len(pages) == 448
    for name, data in pages.items():
        text = convert(data, name).text
        check(text)
        for mark in ("@theme/", "@site/", "className=", "<TabItem", "</div>", "\n:::", "| --- |"):
            assert mark not in text.text, name
