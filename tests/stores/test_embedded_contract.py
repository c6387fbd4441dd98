"""The embedded store keeps every promise of a passage store."""

import pytest

from carrel.stores.embedded.store import EmbeddedStore
from carrel.testing.store_contract import StoreContract


class TestEmbeddedStore(StoreContract):
    @pytest.fixture
    def stores(self):
        opened = []
        yield opened
        for store in opened:
            store.close()

    @pytest.fixture
    def store(self, tmp_path, stores):
        stores.append(EmbeddedStore(tmp_path / "collection"))
        return stores[-1]

    @pytest.fixture
    def reopen(self, tmp_path, stores):
        def reopen(store):
            store.close()
            stores.append(EmbeddedStore(tmp_path / "collection"))
            return stores[-1]

        return reopen
