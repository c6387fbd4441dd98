"""PDF and DOCX: real files, made here."""

from __future__ import annotations

import io

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from carrel.errors import ConversionError
from carrel.indexing.converters import convert
from tests.indexing.documents import make_pdf

FIRST = [
    "The kettle",
    "",
    "Boil fresh water in the kettle and pour it over the leaves while it",
    "is still moving. Then wait.",
    "",
    "Serve it.",
]
SECOND = ["Second page about milk."]


def test_pdf_lines_become_paragraphs_and_pages_are_known() -> None:
    text = convert(make_pdf(FIRST, [], SECOND), "tea.pdf").text

    assert text.text == (
        "The kettle\n\nBoil fresh water in the kettle and pour it over the leaves while it is still moving. Then wait."
        "\n\nServe it.\n\nSecond page about milk."
    )
    assert text.title == "tea"
    assert [text.page_at(text.text.index(word)) for word in ("kettle", "Serve", "milk")] == [1, 1, 3]


def test_rows_of_a_table_stay_apart() -> None:
    lines = [
        "The prices of this year:",
        "",
        "Tea                    Price          Tax",
        "green                 30              2",
        "black                  4               1",
        "white                 50              3",
        "",
        "They may change.",
    ]
    text = convert(make_pdf(lines), "tea.pdf").text.text

    assert "Tea | Price | Tax\ngreen | 30 | 2\nblack | 4 | 1\nwhite | 50 | 3" in text
    assert text.endswith("\n\nThey may change.")


def test_a_pdf_without_text_is_refused() -> None:
    with pytest.raises(ConversionError) as caught:
        convert(make_pdf([], []), "scan.pdf")
    assert caught.value.error == "no text layer"


def test_a_broken_pdf_is_refused() -> None:
    with pytest.raises(ConversionError) as caught:
        convert(b"%PDF-1.7 nothing", "a.pdf")
    assert caught.value.error == "damaged file"


def test_an_encrypted_pdf_is_refused(carrel_data: object) -> None:
    data = (carrel_data / "documents/formats/pdf/password.pdf").read_bytes()  # type: ignore[operator]
    with pytest.raises(ConversionError) as caught:
        convert(data, "password.pdf")
    assert caught.value.error == "password protected"


def make_docx() -> bytes:
    document = docx.Document()
    document.core_properties.author = "Ann"
    document.add_heading("Tea", 1)
    document.add_paragraph("Before the table.")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["Leaf", "Minutes", "green", "2"], strict=True):
        cell.text = text
    document.add_heading("Steps", 2)
    document.add_paragraph("warm the pot", style="List Number")
    document.add_paragraph("pour", style="List Number")
    document.add_paragraph("slowly", style="List Bullet")
    changed = document.add_paragraph("Wait ")
    changed._p.append(parse_xml(f"<w:ins {nsdecls('w')}><w:r><w:t>four</w:t></w:r></w:ins>"))
    changed._p.append(parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText>two</w:delText></w:r></w:del>"))
    changed.add_run(" minutes.")
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def test_docx_is_read_in_the_order_of_its_body() -> None:
    converted = convert(make_docx(), "tea.docx")

    assert converted.text.text == (
        "Tea\n\nBefore the table.\n\nLeaf | Minutes\ngreen | 2\n\nSteps\n\n1. warm the pot\n2. pour\n• slowly"
        "\n\nWait four minutes."
    )
    assert [(heading.level, heading.text) for heading in converted.text.headings] == [(1, "Tea"), (2, "Steps")]
    assert converted.text.title == "Tea"
    assert converted.meta["author"] == "Ann"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"PK nothing", "damaged file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 rest", "wrong type"),
        (b"", "no text"),
    ],
)
def test_what_is_no_docx_is_refused(data: bytes, error: str) -> None:
    with pytest.raises(ConversionError) as caught:
        convert(data, "a.docx")
    assert caught.value.error == error
