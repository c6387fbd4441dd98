"""Documents that callers write come back as they were."""

from __future__ import annotations

import numpy as np
import pytest

from carrel._haystack import Document, DuplicateDocumentError, DuplicatePolicy
from carrel.stores.contract import PassageStore
from carrel.testing.contract.material import (
    provenance,
)


class DocumentTests:
    """Documents that callers write come back as they were."""

    def test_documents_come_back_as_they_were_written(self, store: PassageStore) -> None:
        documents = [
            Document(id="full", content="text", meta={"a": None, "b": {"c": [1, 2.5, True]}}, embedding=[3.0, 4.0]),
            Document(id="empty", content=""),
            Document(id="none", content=None),
        ]
        assert store.write_documents(documents) == 3
        assert store.filter_documents() == documents
        assert store.get(["none"]) == [documents[2]]

    def test_found_documents_have_a_place(self, store: PassageStore) -> None:
        store.write_documents([Document(id="d", content="apples and pears", meta={"title": "Fruit"})])
        [hit] = store.bm25_search("pears")
        block = provenance(hit)
        assert (block.source, block.start, block.end, block.title) == ("d", 0, 16, "Fruit")
        assert store.version_text(block.source, block.version).text == "apples and pears"

    @pytest.mark.parametrize("policy", [DuplicatePolicy.NONE, DuplicatePolicy.FAIL])
    def test_a_duplicate_fails_the_whole_call(self, store: PassageStore, policy: DuplicatePolicy) -> None:
        store.write_documents([Document(id="a", content="first")])
        with pytest.raises(DuplicateDocumentError):
            store.write_documents([Document(id="b", content="new"), Document(id="a", content="second")], policy)
        with pytest.raises(DuplicateDocumentError):
            store.write_documents([Document(id="c", content="one"), Document(id="c", content="two")], policy)
        assert [document.content for document in store.filter_documents()] == ["first"]

    def test_duplicates_inside_a_batch_follow_the_policy(self, store: PassageStore) -> None:
        twice = [Document(id="a", content="first"), Document(id="a", content="second")]
        assert store.write_documents(twice, DuplicatePolicy.SKIP) == 1
        assert [document.content for document in store.filter_documents()] == ["first"]
        assert store.write_documents(twice, DuplicatePolicy.OVERWRITE) == 1
        assert [document.content for document in store.filter_documents()] == ["second"]

    def test_overwriting_changes_everything_about_a_document(self, store: PassageStore) -> None:
        store.write_documents([Document(id="a", content="apples", meta={"k": 1}, embedding=[1.0, 0.0])])
        new = Document(id="a", content="pears", meta={"j": 2}, embedding=[0.0, 1.0])
        store.write_documents([new], DuplicatePolicy.OVERWRITE)
        assert store.filter_documents() == [new]
        assert store.bm25_search("apples") == []
        [hit] = store.vector_search(np.array([0, 1], dtype=np.float32), fingerprint="external")
        assert hit.score == pytest.approx(1.0)
