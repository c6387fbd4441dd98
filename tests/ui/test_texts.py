"""Marks around characters: whatever is marked, the text stays what it was, and each answer is one element."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from carrel.types import CanonicalText, Heading, Span
from carrel.ui.drawing import Node
from carrel.ui.texts import Marks, blocks, document_marks, marked

texts = st.text(max_size=60)


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, int, Marks]:
    text = draw(texts)
    start = draw(st.integers(0, 50))
    offsets = st.integers(start, start + len(text))
    span = st.tuples(offsets, offsets).map(lambda pair: Span(min(pair), max(pair)))
    spans = st.lists(span, max_size=4)
    pages = [(offset, number) for number, offset in enumerate(sorted(draw(st.sets(offsets, max_size=3))), start=1)]
    return text, start, Marks(draw(spans), draw(spans), draw(spans), pages)


def content(nodes: list[Node]) -> str:
    """Return what the DOM calls the text content."""
    return "".join(one if isinstance(one, str) else content(one[2]) for one in nodes)


def found(nodes: list[Node], kind: str) -> list[str]:
    """Return the text of all elements of a class."""
    inside = [one for one in nodes if not isinstance(one, str)]
    own = [content(one[2]) for one in inside if one[1].get("class") == kind]
    return own + [text for one in inside if one[1].get("class") != kind for text in found(one[2], kind)]


@given(marked_texts())
def test_the_characters_stay_as_they_are(given_: tuple[str, int, Marks]) -> None:
    text, start, marks = given_
    assert content(marked(text, start, marks)) == text


@given(texts, st.data())
def test_an_answer_is_one_element_whatever_else_is_marked(text: str, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, len(text)))
    offsets = st.integers(0, len(text))
    others = data.draw(st.lists(st.tuples(offsets, offsets).map(lambda p: Span(min(p), max(p))), max_size=4))
    drawn = marked(text, 0, Marks([Span(begin, end)], headings=others, terms=others, pages=[(begin, 1)]))
    assert found(drawn, "found") == [text[begin:end]] if begin < end else True


@given(st.integers(0, 30), st.integers(0, 30), st.lists(st.integers(-5, 70)))
def test_blocks_partition_the_window(start: int, length: int, starts: list[int]) -> None:
    window = Span(start, start + length)
    cut = blocks(window, starts)
    assert [span.start for span in cut] + [window.end] == [window.start] + [span.end for span in cut]
    assert {span.start for span in cut} >= {at for at in starts if window.start < at < window.end}


def test_headings_and_pages_of_a_document_are_marked() -> None:
    text = CanonicalText(
        "Rivers\nThe Seine.\nTowns\nParis.", "Rivers", (0, 18), (Heading(0, 1, "Rivers"), Heading(18, 1, "Towns"))
    )
    drawn = marked(text.text, 0, document_marks(text, [Span(11, 16)]))
    assert found(drawn, "heading") == ["Rivers", "Towns"]
    assert found(drawn, "found") == ["Seine"]
    assert content(drawn) == text.text
