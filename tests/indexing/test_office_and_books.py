"""PowerPoint, Excel, OpenDocument, EPUB, RTF, mail, XML and notebooks: real files, made here, and hostile ones."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from email.message import EmailMessage

import openpyxl
import pptx
import pytest
from pptx.util import Inches

from carrel.errors import ConversionError
from carrel.indexing.converters import FORMATS, convert
from carrel.types import Heading
from tests.indexing.documents import make_pdf, make_zip

_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "style": "style",
    }.items()
)
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
PROTECTED = b'<e><EncryptionMethod Algorithm="aes"/></e>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENTITY_BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">'.replace("&a-1;", "&a;") for n in range(12))
    + "]><b>&a11;</b>"
).encode()


def text(data: bytes, name: str) -> str:
    return convert(data, name).text.text


def error(data: bytes, name: str) -> str:
    with pytest.raises(ConversionError) as caught:
        convert(data, name)
    assert caught.value.reason
    return caught.value.error


def make_pptx() -> bytes:
    presentation = pptx.Presentation()
    first = presentation.slides.add_slide(presentation.slide_layouts[1])
    first.shapes.title.text = "Tea"
    first.placeholders[1].text_frame.text = "Water"
    first.placeholders[1].text_frame.add_paragraph().text = "Leaves"
    first.notes_slide.notes_text_frame.text = "Say it slowly."
    second = presentation.slides.add_slide(presentation.slide_layouts[6])
    table = second.shapes.add_table(2, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    for number, cell in enumerate(("Leaf", "Minutes", "green", "2")):
        table.cell(number // 2, number % 2).text = cell
    group = second.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "In a group"
    target = io.BytesIO()
    presentation.save(target)
    return target.getvalue()


def test_slides_are_pages() -> None:
    converted = convert(make_pptx(), "tea.pptx")

    assert converted.text.text == (
        "Tea\n\n• Water\n• Leaves\n\nNotes: Say it slowly.\n\nLeaf | Minutes\ngreen | 2\n\nIn a group"
    )
    assert converted.text.headings == (Heading(0, 1, "Tea"),)
    assert converted.text.page_at(converted.text.text.index("Minutes")) == 2


def make_xlsx(cells: Mapping[str, object], formats: Mapping[str, str] | None = None) -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Prices"
    for place, value in cells.items():
        sheet[place] = value
        sheet[place].number_format = (formats or {}).get(place, "General")
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def test_rows_of_sheets_name_their_columns() -> None:
    cells = {"A1": "Tea", "B1": "Price", "C1": "Tax", "A2": "green", "B2": 0.1 + 0.2, "C2": 0.07, "A5": "a note"}

    assert text(make_xlsx(cells, {"C2": "0.0%"}), "a.xlsx") == ("Prices\n\nTea: green\nPrice: 0.3\nTax: 7.0%\n\na note")


def test_a_sheet_with_a_cell_in_its_last_corner() -> None:
    assert text(make_xlsx({"A1": "near", "XFD1048576": "far"}), "a.xlsx") == "Prices\n\nnear\n\nfar"


def make_odf(kind: str, body: str) -> bytes:
    inside = f"<office:body><office:{kind}>{body}</office:{kind}></office:body>"
    content = f"<office:document-content {_NAMESPACES}>{inside}</office:document-content>"
    return make_zip(
        {"mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(), "content.xml": content.encode()}
    )


def test_open_document_text() -> None:
    body = (
        '<text:h text:outline-level="2">Tea</text:h><text:p>Boil <text:span>fresh</text:span><text:s text:c="2"/>water'
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>cold</text:p></text:note-body>"
        "</text:note>.</text:p><text:list><text:list-item><text:p>a</text:p></text:list-item><text:list-item>"
        "<text:p>b</text:p></text:list-item></text:list><table:table><table:table-row><table:table-cell><text:p>Leaf"
        '</text:p></table:table-cell><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        "<table:table-row><table:table-cell><text:p>green</text:p></table:table-cell><table:table-cell><text:p>2"
        "</text:p></table:table-cell></table:table-row></table:table>"
    )
    converted = convert(make_odf("text", body), "a.odt").text

    assert converted.text == "Tea\n\nBoil fresh  water [cold].\n\n• a\n• b\n\nLeaf\ngreen | 2"
    assert converted.headings == (Heading(0, 2, "Tea"),)


def test_open_document_sheets_and_slides() -> None:
    rows = (
        '<table:table table:name="One"><table:table-row table:number-rows-repeated="1048576">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row><table:table-row>'
        "<table:table-cell><text:p>x</text:p></table:table-cell></table:table-row></table:table>"
    )
    slides = "".join(
        f"<draw:page><draw:frame><draw:text-box><text:p>{n}</text:p></draw:text-box></draw:frame></draw:page>"
        for n in (1, 2)
    )

    assert text(make_odf("spreadsheet", rows), "a.ods") == "One\n\nx"
    assert convert(make_odf("presentation", slides), "a.odp").text.page_starts == (0, 3)


def make_epub(**more: bytes) -> bytes:
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        "<dc:title>Tea</dc:title><dc:creator>Ann</dc:creator></metadata><manifest>"
        '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        '<item id="b" href="text/b%20b.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="a" href="text/a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    container = '<container><rootfiles><rootfile full-path="OEBPS/p.opf"/></rootfiles></container>'
    return make_zip(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": container.encode(),
            "OEBPS/p.opf": package.encode(),
            "OEBPS/nav.xhtml": b"<nav>Contents</nav>",
            "OEBPS/text/a.xhtml": b"<html><body><h1>One</h1><p>First.</p></body></html>",
            "OEBPS/text/b b.xhtml": b"<html><body><h1>Two</h1><p>Second.</p></body></html>",
            **{name.replace("__", "/"): data for name, data in more.items()},
        }
    )


def test_chapters_come_in_the_order_of_reading() -> None:
    converted = convert(make_epub(), "tea.epub")

    assert converted.text.text == "One\n\nFirst.\n\nTwo\n\nSecond."
    assert (converted.text.title, converted.meta) == ("Tea", {"author": "Ann"})


def test_rtf() -> None:
    table = rb"{\trowd a\cell b\cell\row c\cell d\cell\row}"
    source = rb"{\rtf1\ansi\ansicpg1252{\info{\title Caf\'e9}}\pard Caf\'e9 \u8364 ?\par" + table + b"}"
    converted = convert(source, "a.rtf").text

    assert converted.text == "Café €\n\na | b\nc | d"
    assert converted.title == "Café"


def test_mail() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ann <ann@x.org>", "bo@x.org", "Träume & Tee"
    message["Date"] = "Tue, 01 Oct 2024 12:34:56 -0500"
    message.set_content("Boil the water.\n\nThen wait.")
    message.add_alternative("<p>Boil the <b>water</b>.</p>", subtype="html")
    message.add_attachment(b"\0\1", maintype="audio", subtype="mpeg", filename="tune.mp3")
    inner = EmailMessage()
    inner["Subject"] = "Inside"
    inner.set_content("Forwarded words.")
    message.add_attachment(inner)
    converted = convert(bytes(message), "a.eml")

    assert converted.text.text.startswith("Träume & Tee\n\nFrom: Ann <ann@x.org>\nTo: bo@x.org\nDate: Tue, 01 Oct 2024")
    assert "Boil the water.\n\nThen wait." in converted.text.text
    assert converted.text.text.endswith("Attachments: tune.mp3")
    assert converted.text.title == "Träume & Tee"
    assert converted.meta["date"] == "2024-10-01"
    assert converted.meta["attachments"] == ["tune.mp3"]


def test_xml_of_data_and_of_documents() -> None:
    first = '<tea x:origin="Japan"><name>Sencha</name><price>3</price></tea>'
    data = f'<shop xmlns:x="u">{first}<tea><name>Assam</name></tea></shop>'
    document = (
        "<article><title>Tea</title><section><title>Water</title><p>Boil <b>fresh</b> water.</p></section></article>"
    )

    assert text(data.encode(), "a.xml") == "origin: Japan\nname: Sencha\nprice: 3\n\nname: Assam"
    converted = convert(document.encode("utf-16"), "a.xml").text
    assert converted.text == "Tea\n\nWater\n\nBoil fresh water."
    assert [heading.level for heading in converted.headings] == [1, 2]


def test_notebooks() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Tea\n", "\n", "*hot*"]},
        {"cell_type": "code", "source": "print(1)", "outputs": [{"text": ["1\n"]}, {"data": {"text/plain": "2"}}]},
    ]
    assert text(json.dumps({"cells": cells, "nbformat": 4}).encode(), "a.ipynb") == "Tea\n\nhot\n\nprint(1)\n\n1\n\n2"


def test_source_code_is_kept_as_it_stands() -> None:
    source = "def tea():\n\treturn 'é'  # hot\n"

    assert text(source.encode(), "a.py") == source


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize("suffix", sorted(suffix for suffix, form in FORMATS.items() if not form.archive))
def test_empty_files_hold_no_text(suffix: str) -> None:
    assert error(b"", f"a{suffix}") == "no text"


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.pptx", cut(make_pptx()), "damaged file"),
        ("a.xlsx", cut(make_xlsx({"A1": "x"})), "damaged file"),
        ("a.odt", cut(make_odf("text", "<text:p>x</text:p>")), "damaged file"),
        ("a.epub", cut(make_epub()), "damaged file"),
        ("a.docx", make_zip({"a.txt": b"x"}), "damaged file"),
        ("a.pdf", cut(make_pdf(["x"])), "damaged file"),
        ("a.xml", b"<a><b></a>", "malformed XML"),
        ("a.xml", ENTITY_BOMB, "malformed XML"),
        ("a.xml", b"<a>" * 100_000, "malformed XML"),
        ("a.odt", make_zip({"content.xml": ENTITY_BOMB}), "malformed XML"),
        ("a.xlsx", make_pptx(), "wrong type"),
        ("a.docx", make_pdf(["x"]), "wrong type"),
        ("a.pdf", make_pptx(), "wrong type"),
        ("a.docx", OLE + b"Word", "wrong type"),
        *((f"a.{suffix}", OLE + ENCRYPTED, "password protected") for suffix in ("docx", "xls", "pptx")),
        ("a.epub", make_epub(**{"META-INF__encryption.xml": PROTECTED}), "password protected"),
        ("a.doc", OLE + b"Word", "unsupported format"),
        ("a.doc", os.urandom(64), "damaged file"),
        ("a.rtf", b"no rtf", "damaged file"),
        ("a.ipynb", b"[]", "damaged file"),
        ("a.txt", bytes(range(256)) * 8, "not text"),
        ("a.py", make_pptx(), "not text"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "no text layer"),
    ],
)  # fmt: skip
def test_hostile_and_mistaken_files_are_refused(name: str, data: bytes, kind: str) -> None:
    assert error(data, name) == kind


def test_a_new_document_under_an_old_name_is_read() -> None:
    assert text(make_pptx(), "a.ppt").startswith("Tea")


def test_an_external_entity_is_not_read() -> None:
    source = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>before &x; after</a>'

    assert error(source, "a.xml") == "malformed XML"


def test_html_that_is_nested_deeply_is_read() -> None:
    assert text(b"<div>" * 2_000 + b"<p>deep</p>", "a.html") == "deep"
