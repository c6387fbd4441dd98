"""Ranking is exact, filters come first, ties are broken by id."""

from __future__ import annotations

from typing import Any

import pytest

from carrel.errors import FilterError
from carrel.stores.contract import PassageStore
from carrel.testing.contract.material import (
    FINGERPRINT,
    embed_all,
    provenance,
    source,
    unit_vectors,
    uris,
)


class SearchTests:
    """Ranking is exact, filters come first, ties are broken by id."""

    def test_ties_are_broken_by_id_at_the_cut_too(self, store: PassageStore) -> None:
        for begin in range(0, 60, 20):
            store.write_sources([source(f"{n}.txt", "equal words in every text") for n in range(begin, begin + 20)])
        embed_all(store)
        ids = sorted(document.id for document in store.iterate())
        for top_k in (1, 5, 30, 60):
            assert [hit.id for hit in store.bm25_search("every equal word", top_k=top_k)] == ids[:top_k]
        vector = unit_vectors(1)[0]
        for top_k in (1, 5, 30, 60):
            hits = store.vector_search(vector, fingerprint=FINGERPRINT, top_k=top_k)
            assert [hit.id for hit in hits] == ids[:top_k]

    def test_a_query_without_words_finds_nothing(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples")])
        for query in ("", "   ", "?!", "the of and"):
            assert store.bm25_search(query) == []
        assert store.bm25_search("apples", top_k=0) == []

    def test_query_syntax_does_not_disturb_plain_words(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "What is C++ (really)?")])
        for query in ('"really', "really:", "(really", "AND really OR", "re*lly really"):
            assert uris(store.bm25_search(query)) == ["a.txt"]

    def test_scores_have_their_names(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples")])
        vectors = embed_all(store)
        [by_words] = store.bm25_search("apples")
        assert provenance(by_words).scores == {"bm25": by_words.score}
        [by_vector] = store.vector_search(vectors["apples"], fingerprint=FINGERPRINT)
        assert provenance(by_vector).scores == {"cosine": by_vector.score}
        assert by_vector.score == pytest.approx(1.0, abs=1e-5)
        assert by_vector.embedding is None

    @pytest.mark.parametrize("value", [1, 3, 50])
    def test_filters_come_before_ranking(self, store: PassageStore, value: int) -> None:
        texts = [f"apples {'apples ' * (number % 5)} number {number}" for number in range(200)]
        store.write_sources([source(f"{n}.txt", text, n=n % value) for n, text in enumerate(texts)])
        embed_all(store)
        filters = {"field": "meta.n", "operator": "==", "value": 0}
        everything = store.bm25_search("apples", top_k=200)
        expected = [hit.id for hit in everything if hit.meta["n"] == 0][:7]
        assert [hit.id for hit in store.bm25_search("apples", top_k=7, filters=filters)] == expected
        vector = unit_vectors(1, seed=1)[0]
        every = store.vector_search(vector, fingerprint=FINGERPRINT, top_k=200)
        wanted = [hit.id for hit in every if hit.meta["n"] == 0][:7]
        found = store.vector_search(vector, fingerprint=FINGERPRINT, top_k=7, filters=filters)
        assert [hit.id for hit in found] == wanted
        assert store.count_by_filter(filters) == sum(n % value == 0 for n in range(200))

    def test_filters_on_what_the_store_knows(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples", title="A", page_starts=(0,)), source("b.txt", "apples")])
        for field, value in (("source", "a.txt"), ("title", "A"), ("page", 1), ("meta.carrel.page", 1)):
            filters = {"field": field, "operator": "==", "value": value}
            assert uris(store.bm25_search("apples", filters=filters)) == ["a.txt"]

    @pytest.mark.parametrize(
        "filters",
        [
            {"field": "meta.n", "operator": "~", "value": 1},
            {"operator": "XOR", "conditions": []},
            {"field": "meta.n", "operator": "in", "value": 1},
            {"field": "meta.n", "operator": ">", "value": "many"},
            {"field": "meta.n"},
            {"conditions": []},
            {"field": "embedding", "operator": "==", "value": None},
        ],
    )
    def test_a_filter_that_cannot_be_run_is_an_error(self, store: PassageStore, filters: dict[str, Any]) -> None:
        store.write_sources([source("a.txt", "apples", n=1)])
        with pytest.raises(FilterError):
            store.bm25_search("apples", filters=filters)
        with pytest.raises(FilterError):
            store.filter_documents(filters)

    def test_a_reading_sees_one_revision(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "old apples"), source("b.txt", "apples and old pears")])
        vectors = embed_all(store)
        with store.reading() as reading:
            by_words = reading.bm25("apples", top_k=5)
            store.write_sources([source("a.txt", "new plums")])
            store.delete_sources(["b.txt"])
            by_vector = reading.vector(vectors["old apples"], fingerprint=FINGERPRINT, top_k=5)
            assert {passage.source for passage in by_words} == {passage.source for passage in by_vector}
            assert [document.content for document in reading.documents(by_vector[:1])] == ["old apples"]
            assert reading.bm25("plums", top_k=5) == []
        with store.reading() as reading:
            assert [passage.source for passage in reading.bm25("plums", top_k=5)] == ["a.txt"]

    def test_a_reading_returns_what_searches_return(self, store: PassageStore) -> None:
        store.write_sources([source(f"{n}.txt", f"{'apples ' * n} number {n}", n=n) for n in range(1, 9)])
        filters = {"field": "meta.n", "operator": ">", "value": 2}
        with store.reading() as reading:
            found = reading.bm25("apples", top_k=4, filters=filters)
            documents = reading.documents([found[3], found[0]])
        hits = store.bm25_search("apples", top_k=4, filters=filters)
        assert [(passage.id, passage.score) for passage in found] == [(hit.id, hit.score) for hit in hits]
        assert documents == [hits[3], hits[0]]
