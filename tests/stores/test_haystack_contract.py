"""The embedded store passes the tests that Haystack ships for document stores."""

import pytest
from haystack.testing.document_store import (  # noqa: TID251
    CountDocumentsByFilterTest,
    CountUniqueMetadataByFilterTest,
    DocumentStoreBaseExtendedTests,
    GetMetadataFieldMinMaxTest,
    GetMetadataFieldsInfoTest,
    GetMetadataFieldUniqueValuesTest,
)

from carrel._haystack import Document, DuplicateDocumentError
from carrel.stores.embedded.store import EmbeddedStore


class TestHaystackContract(
    DocumentStoreBaseExtendedTests,
    CountDocumentsByFilterTest,
    CountUniqueMetadataByFilterTest,
    GetMetadataFieldsInfoTest,
    GetMetadataFieldMinMaxTest,
    GetMetadataFieldUniqueValuesTest,
):
    @pytest.fixture
    def document_store(self, tmp_path):
        store = EmbeddedStore(tmp_path / "store")
        yield store
        store.close()

    def test_write_documents(self, document_store):
        document = Document(content="written once")
        assert document_store.write_documents([document]) == 1
        with pytest.raises(DuplicateDocumentError):
            document_store.write_documents([document])
        self.assert_documents_are_equal(document_store.filter_documents(), [document])
