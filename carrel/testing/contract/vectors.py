"""Vectors belong to texts and encoders, and metadata to passages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from carrel.errors import FingerprintMismatchError
from carrel.stores.contract import Coverage, PassageStore
from carrel.testing.contract.material import (
    FINGERPRINT,
    embed_all,
    source,
    unit_vectors,
)
from carrel.types import (
    PROVENANCE_KEY,
)


class VectorTests:
    """Vectors belong to texts and encoders, and metadata to passages."""

    def test_an_empty_collection_finds_nothing(self, store: PassageStore) -> None:
        assert store.bm25_search("apples") == []
        assert store.vector_search(unit_vectors(1)[0], fingerprint=FINGERPRINT) == []
        assert list(store.iterate()) == []
        assert store.coverage() == []

    def test_vector_search_is_exact(self, store: PassageStore) -> None:
        store.write_sources([source(f"{number}.txt", f"text {number}") for number in range(50)])
        vectors = embed_all(store)
        query = unit_vectors(1, seed=3)[0]
        expected = sorted(vectors, key=lambda text: -float(vectors[text] @ query))[:5]
        hits = store.vector_search(query, fingerprint=FINGERPRINT, top_k=5)
        assert [hit.content for hit in hits] == expected
        scores = [float(vectors[text] @ query) for text in expected]
        assert [hit.score for hit in hits] == pytest.approx(scores, abs=1e-5)

    def test_another_encoder_is_a_clear_error(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples")])
        embed_all(store)
        with pytest.raises(FingerprintMismatchError, match=f"{FINGERPRINT}.*carrel index --reembed"):
            store.vector_search(unit_vectors(1)[0], fingerprint="another")

    def test_coverage_counts_passages(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples"), source("b.txt", "apples"), source("c.txt", "pears")])
        missing = store.missing_vectors(FINGERPRINT)
        assert [text for _, text in missing] == ["apples", "pears"]
        store.write_vectors(FINGERPRINT, [missing[0][0]], unit_vectors(1))
        assert store.coverage() == [Coverage(FINGERPRINT, 2, 3)]
        assert store.missing_vectors(FINGERPRINT) == missing[1:]
        assert store.missing_vectors("another", limit=1) == missing[:1]

    def test_an_unchanged_text_keeps_its_vector(self, store: PassageStore) -> None:
        text = "First passage. Second passage."
        store.write_sources([source("a.txt", text, spans=[(0, 14), (15, 30)])])
        embed_all(store)
        store.write_sources([source("a.txt", "First passage. Changed passage.", spans=[(0, 14), (15, 31)])])
        assert [text for _, text in store.missing_vectors(FINGERPRINT)] == ["Changed passage."]
        assert len(store.vector_search(unit_vectors(1)[0], fingerprint=FINGERPRINT)) == 1

    @pytest.mark.parametrize("vectors", [np.full((1, 4), 0.3), np.full((1, 4), np.nan), np.eye(4)[:2]])
    def test_vectors_are_checked(self, store: PassageStore, vectors: Any) -> None:
        store.write_sources([source("a.txt", "apples")])
        [(name, _)] = store.missing_vectors(FINGERPRINT)
        with pytest.raises(ValueError, match="vectors need"):
            store.write_vectors(FINGERPRINT, [name], vectors)

    def test_metadata_changes_neither_ids_nor_vectors(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples", lang="en", old=1), source("b.txt", "pears", lang="de")])
        embed_all(store)
        before = [document.id for document in store.iterate()]
        assert store.set_metadata([before[0], "unknown"], {"lang": "fr", "old": None, "tags": ["x"]}) == 1
        assert [document.id for document in store.iterate()] == before
        assert store.missing_vectors(FINGERPRINT) == []
        [changed] = store.filter_documents({"field": "meta.lang", "operator": "==", "value": "fr"})
        assert {key: value for key, value in changed.meta.items() if key != PROVENANCE_KEY} == {
            "lang": "fr",
            "tags": ["x"],
        }
        assert store.count_by_filter({"field": "meta.old", "operator": "!=", "value": None}) == 0

    def test_metadata_of_a_source_reaches_its_passages(self, store: PassageStore) -> None:
        text = "One. Two."
        store.write_sources([source("a.txt", text, spans=[(0, 4), (5, 9)], lang="en")])
        before = [document.id for document in store.iterate()]
        store.set_metadata(before[:1], {"topic": "first"})
        store.write_sources([source("a.txt", text, spans=[(0, 4), (5, 9)], lang="de")])
        assert [document.id for document in store.iterate()] == before
        assert store.count_by_filter({"field": "meta.lang", "operator": "==", "value": "de"}) == 2
        assert store.count_by_filter({"field": "meta.topic", "operator": "==", "value": "first"}) == 1
