"""The promises of a passage store, as tests: derive from `StoreContract` and provide the fixtures.

class TestMyStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path):
        store = MyStore(tmp_path)
        yield store
        store.close()

    @pytest.fixture
    def reopen(self, tmp_path):
        return lambda store: (store.close(), MyStore(tmp_path))[1]
"""

from __future__ import annotations

import pytest

from carrel.stores.contract import PassageStore
from carrel.testing.contract.documents import DocumentTests
from carrel.testing.contract.facets import FacetTests
from carrel.testing.contract.ledger import LedgerTests
from carrel.testing.contract.material import (
    FINGERPRINT,
    ODD_TEXTS,
    Reopen,
    embed_all,
    provenance,
    source,
    unit_vectors,
    uris,
)
from carrel.testing.contract.passages import PassageTests
from carrel.testing.contract.queries import QueryTests
from carrel.testing.contract.searching import SearchTests
from carrel.testing.contract.vectors import VectorTests
from carrel.testing.contract.versions import VersionTests

__all__ = [
    "FINGERPRINT",
    "ODD_TEXTS",
    "Reopen",
    "StoreContract",
    "embed_all",
    "provenance",
    "source",
    "unit_vectors",
    "uris",
]


class StoreContract(
    PassageTests, VersionTests, DocumentTests, SearchTests, QueryTests, FacetTests, VectorTests, LedgerTests
):
    """Tests of every promise that does not depend on how a store is built."""

    @pytest.fixture
    def store(self) -> PassageStore:
        raise NotImplementedError("provide a fixture `store` with an empty store")

    @pytest.fixture
    def reopen(self) -> Reopen:
        raise NotImplementedError("provide a fixture `reopen`: close a store, return a new one on the same data")
