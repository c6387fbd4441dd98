"""Plain text in any encoding; CSV and JSON as documents."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.errors import ConversionError
from carrel.indexing.converters import convert

GERMAN = "Die schöne Größe des Hauses überrascht alle Gäste, sagte Frau Müller, und lächelte dabei."


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0\ufeff"), min_size=1))
def test_text_is_kept_as_it_stands(source: str) -> None:
    if source.strip():
        assert convert(source.encode(), "a.txt").text.text == source


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings_are_recognised(encoding: str) -> None:
    assert convert(GERMAN.encode(encoding), "a.txt").text.text == GERMAN


def test_newlines_are_unified_and_nul_replaced() -> None:
    assert convert(b"a\r\nb\rc\0d", "a.txt").text.text == "a\nb\nc\ufffdd"


def test_binary_data_is_no_text() -> None:
    with pytest.raises(ConversionError) as caught:
        convert(bytes(range(256)) * 4, "a.txt")
    assert caught.value.error == "not text"


def test_a_table_becomes_a_paragraph_for_each_row() -> None:
    text = convert(b"Team;City;Cups\nBlues;St. Louis;1\n;;\nFlyers;;2\n", "cups.csv").text

    assert text.text == "Team: Blues\nCity: St. Louis\nCups: 1\n\nTeam: Flyers\nCups: 2"
    assert text.title == "cups"


def test_a_table_without_header_keeps_its_rows() -> None:
    assert convert(b"1,2\n3,4\n", "a.csv").text.text == "1 | 2\n3 | 4"


def test_quoted_cells_may_hold_delimiters_and_lines() -> None:
    assert convert(b'a\tb\n"x\ny"\t"p\tq"\n', "a.tsv").text.text == "a: x y\nb: p q"


def test_json_can_be_read() -> None:
    value = {"name": "Ann", "address": {"city": "Bonn"}, "tags": ["x", "y"], "sizes": [1, 2], "none": None, "ok": True}

    assert convert(json.dumps(value).encode(), "a.json").text.text == (
        "name: Ann\naddress:\n  city: Bonn\ntags:\n  • x\n  • y\nsizes: 1, 2\nok: true"
    )


def test_json_lines_without_text_are_one_document() -> None:
    assert (
        convert(b'{"a": 1}\n\n{"a": [{"b": "c", "d": 2}]}\n', "a.jsonl").text.text == "a: 1\n\na:\n  • b: c\n    d: 2"
    )


@pytest.mark.parametrize(
    ("name", "data", "error", "said"),
    [
        ("a.json", b'{"a": 1,\n "b" 2}', "malformed JSON", "line 2"),
        ("a.jsonl", b'{"a": 1}\n{"a": \n', "malformed JSON", "Line 2"),
        ("a.json", b"[" * 100_000, "malformed JSON", "nested"),
        ("a.json", b" ", "no text", "no text"),
        ("a.csv", b"\n\n", "no text", "no text"),
        ("a.csv", b'a,b\n1,"' + b"x" * (1 << 24) + b"y", "malformed table", "Line 2"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place(name: str, data: bytes, error: str, said: str) -> None:
    with pytest.raises(ConversionError) as caught:
        convert(data, name)
    assert caught.value.error == error
    assert said in caught.value.reason
