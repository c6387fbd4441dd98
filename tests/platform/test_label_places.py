"""Finding the paragraphs that labels are about in the sources of a collection."""

from collections.abc import Iterator

import pytest

from carrel import Platform
from carrel.platform.label_places import find_contexts
from carrel.types import CanonicalText

NOTICE = "Printed by order of the council of this town. " * 5
WORDLESS = "⁂ ⁂ ⁂"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("town")
    for number in range(40):
        (folder / f"page_{number:02}.txt").write_text(f"{NOTICE}Number {number} of forty.", encoding="utf-8")
    (folder / "river.txt").write_text("The bridge was opened in 1887.", encoding="utf-8")
    (folder / "stars.txt").write_text(f"A rule follows. {WORDLESS}", encoding="utf-8")
    with Platform(tmp_path_factory.mktemp("home")) as desk:
        desk.index(folder, embed=False)
        yield desk


def test_paragraphs_are_found_by_name_by_search_and_in_the_end_in_all_sources(desk: Platform) -> None:
    asked = {
        (NOTICE + "Number 7 of forty.", "Page 07"): ("page_07.txt", 0),
        (NOTICE + "Number 31", "another name"): ("page_31.txt", 0),
        ("was opened in 1887", "Bridges"): ("river.txt", len("The bridge ")),
        (WORDLESS, "Rules"): ("stars.txt", len("A rule follows. ")),
        (WORDLESS, "Signs"): ("stars.txt", len("A rule follows. ")),
    }
    nowhere = ("The bridge was closed.", "river")
    places = find_contexts(desk.store, [*asked, nowhere])
    assert {key: (place.source, place.offset) for key, place in places.items()} == asked
    for (context, _), place in places.items():
        text = desk.store.version_text(place.source, place.version).text
        assert text[place.offset : place.offset + len(context)] == context


def test_nothing_is_read_where_nothing_is_asked(desk: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.store, "sources", lambda: pytest.fail("the ledger was read"))
    assert find_contexts(desk.store, []) == {}


def test_many_paragraphs_that_stand_nowhere_cost_one_pass_over_the_sources(
    desk: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    original = desk.store.version_text

    def counted(uri: str, version: str | None = None) -> CanonicalText:
        read.append(uri)
        return original(uri, version)

    monkeypatch.setattr(desk.store, "version_text", counted)
    assert not find_contexts(desk.store, [(f"Nobody wrote the line {number}.", "") for number in range(100)])
    sources = len(list(desk.store.sources()))
    assert sources == 42
    assert len(read) <= 2 * sources, "each text once for what a search found, and once for all"
