"""A source is replaced and deleted completely, and survives reopening."""

from __future__ import annotations

import pytest

from carrel._haystack import Document
from carrel.errors import UnknownSourceError
from carrel.stores.contract import PassageStore
from carrel.testing.contract.material import (
    FINGERPRINT,
    Reopen,
    embed_all,
    provenance,
    source,
    uris,
)
from carrel.types import (
    embedding_text,
)


class VersionTests:
    """A source is replaced and deleted completely, and survives reopening."""

    def test_a_new_version_replaces_the_old_one(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples and pears")])
        old = store.version_text("a.txt").hash
        store.write_sources([source("a.txt", "plums and cherries")])
        assert store.bm25_search("apples") == []
        assert uris(store.bm25_search("plums")) == ["a.txt"]
        assert store.count_documents() == 1
        assert store.version_text("a.txt", old).text == "apples and pears"

    def test_a_new_title_reaches_the_passages(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "unchanged body", title="First")])
        [before] = store.iterate()
        store.write_sources([source("a.txt", "unchanged body", title="Second")])
        [after] = store.iterate()
        assert after.id == before.id
        assert provenance(after).title == "Second"
        assert store.bm25_search("first") == []
        assert len(store.bm25_search("second")) == 1

    def test_new_spans_keep_the_passages_that_stay(self, store: PassageStore) -> None:
        text = "One. Two. Three."
        store.write_sources([source("a.txt", text, spans=[(0, 4), (5, 16)])])
        kept = next(iter(store.iterate())).id
        store.write_sources([source("a.txt", text, spans=[(0, 4), (5, 9), (10, 16)])])
        assert {document.content for document in store.iterate()} == {"One.", "Two.", "Three."}
        assert kept in {document.id for document in store.iterate()}

    def test_the_later_of_two_items_for_a_source_counts(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "earlier"), source("a.txt", "later")])
        assert [document.content for document in store.iterate()] == ["later"]

    def test_deleted_stays_deleted_after_reopening(self, store: PassageStore, reopen: Reopen) -> None:
        store.write_sources([source("a.txt", "apples"), source("b.txt", "pears")])
        assert store.delete_sources(["a.txt", "unknown.txt"]) == 1
        store = reopen(store)
        assert store.bm25_search("apples") == []
        assert uris(store.bm25_search("pears")) == ["b.txt"]
        assert store.source("a.txt") is None
        with pytest.raises(UnknownSourceError):
            store.version_text("a.txt")

    def test_versions_of_deleted_sources_stay_until_purged(self, store: PassageStore) -> None:
        item = source("a.txt", "apples")
        store.write_sources([item])
        store.delete_sources(["a.txt"])
        assert store.version_text("a.txt", item.text.hash).text == "apples"
        store.delete_sources(["a.txt"], purge=True)
        with pytest.raises(UnknownSourceError):
            store.version_text("a.txt", item.text.hash)

    def test_a_deleted_source_can_come_back(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples")])
        store.delete_sources(["a.txt"])
        store.write_sources([source("a.txt", "apples")])
        assert uris(store.bm25_search("apples")) == ["a.txt"]

    def test_everything_survives_reopening(self, store: PassageStore, reopen: Reopen) -> None:
        store.write_sources([source("a.txt", "apples and pears", title="Fruit", n=1)])
        store.write_documents([Document(id="d", content="written by hand", meta={"k": [1, {"x": None}]})])
        vectors = embed_all(store)
        before = list(store.iterate()), store.bm25_search("pears"), store.revision, list(store.sources())
        store = reopen(store)
        assert (list(store.iterate()), store.bm25_search("pears"), store.revision, list(store.sources())) == before
        vector = vectors[embedding_text("Fruit", (), "apples and pears")]
        assert uris(store.vector_search(vector, fingerprint=FINGERPRINT, top_k=1)) == ["a.txt"]

    def test_revision_grows_with_every_visible_change(self, store: PassageStore) -> None:
        seen = [store.revision]
        store.write_sources([source("a.txt", "apples")])
        seen.append(store.revision)
        store.set_metadata([document.id for document in store.iterate()], {"k": 1})
        seen.append(store.revision)
        store.delete_sources(["a.txt"])
        seen.append(store.revision)
        assert seen == sorted(set(seen))
