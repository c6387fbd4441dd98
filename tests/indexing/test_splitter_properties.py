"""Whatever the text, the passages cover it, keep to their size and respect headings."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.indexing.sentences import sentence_starts
from carrel.indexing.splitter import Splitter
from carrel.indexing.tokens import estimated_starts
from carrel.types import CanonicalText, Heading

WORDS = st.sampled_from(
    [
        "Dr.",
        "the",
        "Cat",
        "e.g.",
        "3.5",
        "naïve",
        "end.",
        "Why?",
        "東京は大きい。",
        "a\u0301\u0302",
        "👩‍👩‍👧",
        "x" * 40,
        "•",
        "U.S.",
    ]
)
PARAGRAPH = st.lists(WORDS | st.text(min_size=1, max_size=12), min_size=1, max_size=40).map(" ".join)


@st.composite
def documents(draw: st.DrawFn) -> CanonicalText:
    text, headings = draw(st.sampled_from(["", "  ", "\n\n"])), []
    for _ in range(draw(st.integers(1, 6))):
        if draw(st.booleans()):
            title = draw(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=30))
            headings.append(Heading(len(text), draw(st.integers(1, 4)), title))
            text += title + "\n\n"
        if draw(st.integers(0, 3)):
            text += draw(PARAGRAPH) + draw(st.sampled_from(["\n\n", "\n", "\n\n\n", " "]))
        if not text or text[-1] not in "\n":
            text += "\n\n"
    return CanonicalText(text, "A title", (), tuple(headings))


@given(documents(), st.integers(8, 60))
@settings(max_examples=300, deadline=None)
def test_spans_partition_the_text_and_keep_to_their_size(document: CanonicalText, limit: int) -> None:
    spans = Splitter(max_tokens=limit).split([document])[0]

    assert [span.start for span in spans] == [0, *(span.end for span in spans)][:-1] or not document.text
    assert "".join(document.text[span.start : span.end] for span in spans) == document.text
    starts = estimated_starts([document.text])[0]
    assert all(np.count_nonzero((starts >= span.start) & (starts < span.end)) <= limit for span in spans)
    assert all(document.text[span.start : span.end].strip() for span in spans) or not document.text.strip()


@given(documents(), st.integers(8, 60))
@settings(max_examples=200, deadline=None)
def test_splitting_is_stable_and_does_not_depend_on_the_batch(document: CanonicalText, limit: int) -> None:
    splitter = Splitter(max_tokens=limit)

    assert splitter.split([document, document]) == splitter.split([document]) * 2


@given(documents(), st.integers(30, 60))
@settings(max_examples=300, deadline=None)
def test_a_heading_is_not_parted_from_the_text_below_it(document: CanonicalText, limit: int) -> None:
    spans = Splitter(max_tokens=limit).split([document])[0]
    for span in spans:
        inside = [h for h in document.headings if span.start <= h.start < span.end]
        bare = document.text[span.start : span.end]
        for heading in inside:
            bare = bare.replace(heading.text, "", 1)
        assert bare.strip() or not inside or not document.text[span.end :].strip()


@given(documents(), st.integers(8, 60), st.integers(1, 3))
@settings(max_examples=300, deadline=None)
def test_neighbours_share_whole_sentences_at_most_as_many_as_asked_for(
    document: CanonicalText, limit: int, overlap: int
) -> None:
    spans = Splitter(max_tokens=limit, overlap=overlap).split([document])[0]
    starts = estimated_starts([document.text])[0]

    assert spans[0].start == 0
    assert spans[-1].end == len(document.text)
    for before, after in pairwise(spans):
        assert before.start < after.start <= before.end < after.end
        begins = sentence_starts(document.text, before.start, before.end)
        assert after.start in [*begins, before.end]
        assert len([begin for begin in begins if begin >= after.start]) <= overlap
    assert all(np.count_nonzero((starts >= span.start) & (starts < span.end)) <= limit for span in spans)
