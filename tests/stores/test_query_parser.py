"""The search syntax: what is an operator, what stays a word, and that no text is an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.stores.query import AnyOf, InTitle, Must, Not, Phrase, Prefix, Query, Word
from carrel.stores.query_parser import parse_query

PIECES = [
    *("word", "C++", "+must", "-not", "title:", "title:x", "Title:", "OR", "or", '"', '"a b"', "“a”", "pre*", "A*"),
    *("-5", "*", "+", "-", "(", ")", "[", "?", ":", "http://x:80", "\u3000", "ß", "名前", "\u0301", "\0", "\n"),
]
texts = st.one_of(
    st.text(), st.lists(st.sampled_from(PIECES)).map(" ".join), st.lists(st.sampled_from(PIECES)).map("".join)
)


@pytest.mark.parametrize(
    ("typed", "clauses"),
    [
        ("graph networks", (Word("graph"), Word("networks"))),
        ('"graph  networks" survey', (Phrase("graph networks"), Word("survey"))),
        ("“graph networks”", (Phrase("graph networks"),)),
        ("+graph -tree", (Must(Word("graph")), Not(Word("tree")))),
        ("retriev*", (Prefix("retriev"),)),
        ("+retriev* -e-mail*", (Prefix("retriev"), Not(Prefix("e-mail")))),
        ("title:graph", (InTitle(Word("graph")),)),
        ('Title:"graph net" -title:tree*', (InTitle(Phrase("graph net")), Not(InTitle(Prefix("tree"))))),
        ("cat OR dog food", (AnyOf((Word("cat"), Word("dog"))), Word("food"))),
        ('"a b" OR +c OR -d', (AnyOf((Phrase("a b"), Word("c"), Not(Word("d")))),)),
        ('("a b") OR (title:c)', (AnyOf((Phrase("a b"), InTitle(Word("c)")))),)),
        ("(graph* OR net*), please", (AnyOf((Prefix("graph"), Prefix("net"))), Word("please"))),
        ('"a b", "c d"?', (Phrase("a b"), Phrase("c d"))),
        ("+C++ -state-of-the-art", (Must(Word("C++")), Not(Word("state-of-the-art")))),
        ('"?!" x', (Word("x"),)),
        ("  ", ()),
    ],
)
def test_operators(typed, clauses):
    assert parse_query(typed) == Query(clauses)


@pytest.mark.parametrize(
    "typed",
    [
        *("state-of-the-art", "C++", "a+b", "-5 degrees", "+49 30", "http://x:80", "me@x.org", "IL-6", "-", "+ -"),
        *(
            '"really',
            'really"',
            '6" pipe and 4" tube',
            '"a"b',
            "re*lly",
            "**bold**",
            "A* search",
            "*",
            "-*x",
            "--force",
        ),
        *(
            "cat or dog",
            "OR",
            "OR cat",
            "cat OR",
            "cat OR OR dog",
            "title:",
            "title: x",
            "title:-x",
            "source:x",
            "(-log p)",
            "(-0*",
            "(+title:x*",
        ),
    ],
)
def test_what_does_not_parse_is_plain_words(typed):
    query = parse_query(typed)
    assert query == Query.of_words(typed)
    assert query.constraints is None
    assert query.text == query.words == " ".join(typed.split())


def test_words_to_embed_and_to_rank_leave_operators_out():
    query = parse_query('how +does "a b" work -not title:well OR -ever retriev* -title:x')
    assert query.text == "how does a b work well retriev"
    assert query.words == "how does a b work well"
    assert str(query.constraints) == '+does "a b" -not title:well OR -ever retriev* -title:x'


@given(texts)
def test_every_text_is_a_query_and_printing_it_is_stable(text):
    query = parse_query(text)
    assert parse_query(str(query)) == query
    if query.constraints is not None:
        assert parse_query(str(query.constraints)) == query.constraints


@given(st.text(alphabet="abc XYZ äß漢é1.,;?!'&", max_size=80).filter(lambda text: "OR" not in text.split()))
def test_text_without_operators_stays_as_it_is(text):
    assert parse_query(text) == Query.of_words(text)
