"""Passages are what was written, with their place."""

from __future__ import annotations

import pytest

from carrel._haystack import Document
from carrel.errors import UserError
from carrel.stores.contract import PassageStore
from carrel.testing.contract.material import (
    ODD_TEXTS,
    provenance,
    source,
    uris,
)
from carrel.types import (
    Heading,
    Provenance,
    passage_id,
    source_id,
)


class PassageTests:
    """Passages are what was written, with their place."""

    def test_is_a_passage_store(self, store: PassageStore) -> None:
        assert isinstance(store, PassageStore)

    def test_passage_ids_come_from_source_version_and_span(self, store: PassageStore) -> None:
        item = source("a.txt", "One sentence. Another one.", spans=[(0, 13), (14, 26)])
        store.write_sources([item])
        identity = source_id(store.collection, "a.txt")
        expected = [passage_id(identity, item.text.hash, span) for span in item.spans]
        assert [document.id for document in store.iterate()] == expected

    def test_text_is_the_span_of_the_version(self, store: PassageStore) -> None:
        text = "".join(chr(97 + number % 26) if number % 7 else " " for number in range(20_000))
        spans = [(0, 100), (4000, 4200), (4095, 4097), (8192, 12_288), (19_990, 20_000)]
        store.write_sources([source("long.txt", text, spans=spans)])
        for document in store.iterate():
            block = provenance(document)
            assert document.content == text[block.start : block.end]
            assert store.version_text("long.txt", block.version).text == text

    def test_provenance_is_complete(self, store: PassageStore) -> None:
        text = "Intro text.\nMethods we used.\nDetails of methods."
        headings = (Heading(12, 1, "Methods"), Heading(29, 2, "Details"))
        item = source("p.pdf", text, spans=[(0, 11), (29, 48)], title="Paper", page_starts=(0, 20), headings=headings)
        store.write_sources([item])
        [hit] = store.bm25_search("details")
        assert hit.score is not None
        assert provenance(hit) == Provenance(
            source="p.pdf",
            version=item.text.hash,
            start=29,
            end=48,
            title="Paper",
            page=2,
            headings=("Methods", "Details"),
            scores={"bm25": hit.score},
            ranks={"bm25": 1},
        )

    def test_indexing_twice_changes_nothing(self, store: PassageStore) -> None:
        item = source("a.txt", "The same text.", lang="en")
        store.write_sources([item])
        before = list(store.iterate()), store.revision
        store.write_sources([item])
        assert (list(store.iterate()), store.revision) == before

    @pytest.mark.parametrize("text", ODD_TEXTS)
    def test_odd_characters_survive(self, store: PassageStore, text: str) -> None:
        store.write_sources([source("odd.txt", text, spans=[(1, len(text))], title=text, note=text)])
        [document] = store.iterate()
        assert document.content == text[1:]
        assert document.meta["note"] == text
        assert store.version_text("odd.txt").text == text
        assert provenance(document).title == text

    @pytest.mark.parametrize("text", ["nul \0 inside", "lone \ud800 surrogate"])
    def test_texts_that_cannot_be_stored_are_refused(self, store: PassageStore, text: str) -> None:
        with pytest.raises(UserError, match="offset"):
            store.write_sources([source("good.txt", "fine"), source("bad.txt", text)])
        assert store.count_documents() == 0

    def test_iteration_yields_every_passage_once_in_order(self, store: PassageStore) -> None:
        store.write_sources([source(f"{number}.txt", f"text {number}", n=number) for number in range(25)])
        assert uris(list(store.iterate(page_size=7))) == [f"{number}.txt" for number in range(25)]
        odd = {"field": "meta.n", "operator": ">=", "value": 20}
        assert uris(list(store.iterate(odd, page_size=2))) == [f"{number}.txt" for number in range(20, 25)]

    def test_get_keeps_the_order_asked_for(self, store: PassageStore) -> None:
        store.write_documents([Document(id=name, content=name) for name in ("a", "b", "c")])
        assert [document.id for document in store.get(["c", "unknown", "a"])] == ["c", "a"]
