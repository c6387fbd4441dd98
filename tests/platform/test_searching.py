"""Searching through the platform: operators in every mode, pages, facets, reasons, exact filters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from carrel import Platform
from carrel.errors import UserError
from carrel.platform.cursor import Cursor
from carrel.types import CanonicalText, SourceInfo, SourceVersion, Span

KINDS = ("red", "green", "blue")
MODES = ["bm25", "dense", "hybrid"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("notes")
    for number in range(24):
        extra = " Running water." if number % 2 else ""
        text = f"A note on {KINDS[number % 3]} apples {'and pears ' * (number % 4)}number {number}.{extra}"
        (folder / f"{number:02}.txt").write_text(text, encoding="utf-8")
    with Platform(tmp_path_factory.mktemp("home")) as desk:
        desk.index(folder)
        yield desk


@pytest.mark.parametrize("mode", MODES)
def test_operators_hold_in_every_mode(desk: Platform, mode: str) -> None:
    texts = [hit.text for hit in desk.search("apples +red -running", mode=mode, top_k=50)]
    assert len(texts) == 4
    assert all("red" in text and "Running" not in text for text in texts)
    found = desk.search('"red apples" title:03 OR title:06', mode=mode)
    assert {hit.source for hit in found} == {"03.txt", "06.txt"}
    assert len(desk.search("-running", mode=mode, top_k=50)) == (0 if mode == "dense" else 12)


def test_what_only_leaves_words_out_says_so(desk: Platform) -> None:
    assert "leaves words out" in desk.search("-running", mode="dense").notes[0]
    assert desk.search("-running", mode="bm25").notes == ()


@pytest.mark.parametrize("mode", MODES)
def test_plain_words_and_questions_know_no_operators(desk: Platform, mode: str) -> None:
    assert len(desk.search("-running apples", mode=mode, top_k=50, plain=True)) == 24
    assert desk.retrieve('"no such phrase" apples')


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("one_per_source", [False, True])
def test_pages_join_to_the_whole_ranking(desk: Platform, mode: str, *, one_per_source: bool) -> None:
    whole = desk.search("apples and pears", mode=mode, top_k=100, one_per_source=one_per_source)
    pages, after = [], None
    while after is not None or not pages:
        page = desk.search("apples and pears", mode=mode, top_k=5, after=after, one_per_source=one_per_source)
        pages.extend(page.hits)
        after = page.next
    assert [(hit.rank, hit.id) for hit in pages] == [(hit.rank, hit.id) for hit in whole]
    assert len(pages) == 24


def test_a_cursor_of_another_search_or_none_at_all_is_refused(desk: Platform) -> None:
    page = desk.search("apples", mode="bm25", top_k=5)
    assert page.next is not None
    with pytest.raises(UserError, match="another search"):
        desk.search("pears", mode="bm25", top_k=5, after=page.next)
    for token in ("", "x", "WzFd", page.next[:-9], "\N{SNOWMAN}", "W10", "MQ", "e30"):
        with pytest.raises(UserError, match="no cursor"):
            desk.search("apples", mode="bm25", after=token)


def test_a_cursor_goes_on_when_the_collection_has_changed(desk: Platform) -> None:
    first = desk.search("apples", mode="bm25", top_k=5)
    text = CanonicalText("apples " * 5, "new")
    desk.store.write_sources([SourceVersion(SourceInfo("new.txt", "x"), text, (Span(0, len(text.text)),))])
    try:
        second = desk.search("apples", mode="bm25", top_k=50, after=first.next)
        assert "has changed" in second.notes[0]
        seen = {hit.id for hit in first} | {hit.id for hit in second}
        assert len(seen) >= 24
        assert not {hit.id for hit in first} & {hit.id for hit in second}
    finally:
        desk.delete("new.txt", purge=True)


def test_a_cursor_survives_its_text() -> None:
    cursor = Cursor("abc", 3, 10, 0.1 + 0.2, "id", 100)
    assert Cursor.parse(str(cursor), "abc") == cursor


def test_a_hit_says_why(desk: Platform) -> None:
    hits = desk.search('run "red apples"', mode="hybrid", explain=True, top_k=3)
    for hit in hits:
        assert hit.why is not None
        assert set(hit.why.ranks) == {"bm25", "dense"}
        marked = {
            term.query: [hit.text[s.start - hit.span.start : s.end - hit.span.start] for s in term.spans]
            for term in hit.why.terms
        }
        assert marked['"red apples"'] == ["red apples"]
        assert marked.get("run", ["Running"]) == ["Running"]
    assert desk.search("apples")[0].why is None


def test_facets_count_what_matches(desk: Platform) -> None:
    found = desk.search("red", mode="bm25", top_k=1, facets=["source"], facet_values=2).facets["source"]
    assert (len(found.values), found.distinct, found.other) == (2, 8, 6)
    only = {"field": "source", "operator": "in", "value": ["00.txt", "01.txt"]}
    assert desk.search("red", mode="dense", filters=only, facets=["source"]).facets["source"].distinct == 2
    assert desk.search("red -running", mode="dense", facets=["source"]).facets["source"].distinct == 12
    assert desk.facets(["source"], query="+red")["source"].distinct == 8


@pytest.mark.parametrize("mode", MODES)
def test_filters_are_exact_in_every_mode(desk: Platform, mode: str) -> None:
    only = {
        "operator": "NOT",
        "conditions": [
            {
                "operator": "OR",
                "conditions": [
                    {"field": "source", "operator": "in", "value": [f"{n:02}.txt" for n in range(20)]},
                    {"field": "title", "operator": "==", "value": "21"},
                ],
            }
        ],
    }
    found = desk.search("apples", mode=mode, top_k=50, filters=only)
    assert {hit.source for hit in found} == {"20.txt", "22.txt", "23.txt"}
    answers = desk.ask("Which note is on apples?", filters=only).answers
    assert {answer.source for answer in answers} <= {"20.txt", "22.txt", "23.txt"}
