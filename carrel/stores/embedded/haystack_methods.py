"""What Haystack's stores offer by convention, beyond the six methods of its protocol."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from carrel._haystack import Document, DuplicatePolicy
from carrel.stores.embedded.collection import Collection
from carrel.stores.embedded.deletion import delete_passages
from carrel.stores.embedded.metadata_queries import (
    count_unique,
    field_names,
    field_range,
    field_types,
    unique_values,
)
from carrel.stores.embedded.metadata_writer import set_metadata
from carrel.stores.embedded.selection import select_keys


class HaystackMethods:
    """Deleting, updating and counting by filter, questions about metadata, and the asynchronous twins."""

    if TYPE_CHECKING:

        def _open(self) -> Collection: ...
        def count_documents(self) -> int: ...
        def filter_documents(self, filters: dict[str, Any] | None = None) -> list[Document]: ...
        def write_documents(self, documents: list[Document], policy: DuplicatePolicy = ...) -> int: ...
        def delete_documents(self, document_ids: list[str]) -> None: ...

    def delete_all_documents(self) -> None:
        """Remove every passage, and with them every source that has one."""
        self.delete_by_filter({})

    def delete_by_filter(self, filters: dict[str, Any]) -> int:
        """Remove the passages that match, and return how many there were."""
        return self._open().write(
            lambda batch: delete_passages(
                batch, keys=select_keys(batch.connection, filters, batch.revision - 1).tolist()
            ),
            None,
        )

    def update_by_filter(self, filters: dict[str, Any], meta: dict[str, Any]) -> int:
        """Set metadata fields on the passages that match (None removes a field), and return how many there were."""
        return self._open().write(
            lambda batch: set_metadata(
                batch, meta, keys=select_keys(batch.connection, filters, batch.revision - 1).tolist()
            ),
            None,
        )

    def count_documents_by_filter(self, filters: dict[str, Any]) -> int:
        """Return how many passages match."""
        with self._open().snapshot() as snapshot:
            return len(select_keys(snapshot.connection, filters, snapshot.revision))

    def count_unique_metadata_by_filter(self, filters: dict[str, Any], metadata_fields: list[str]) -> dict[str, int]:
        """Return how many different values each field has among the passages that match."""
        with self._open().snapshot() as snapshot:
            allowed = snapshot.allowed(filters)
            return count_unique(snapshot.connection, metadata_fields, snapshot.revision, allowed=allowed)

    def metadata_fields(self) -> list[str]:
        """Return the names of the metadata fields that passages have or had, without those inside of others."""
        with self._open().snapshot() as snapshot:
            return field_names(snapshot.connection)

    def get_metadata_fields_info(self) -> dict[str, dict[str, str]]:
        """Return the type of every metadata field: keyword, int, float or boolean."""
        with self._open().snapshot() as snapshot:
            return field_types(snapshot.connection, snapshot.revision)

    def get_metadata_field_min_max(self, metadata_field: str) -> dict[str, Any]:
        """Return the smallest and the largest value of a field as `min` and `max`."""
        with self._open().snapshot() as snapshot:
            return field_range(snapshot.connection, metadata_field, snapshot.revision)

    def get_metadata_field_unique_values(
        self,
        metadata_field: str,
        search_term: str | None = None,
        from_: int = 0,
        size: int = 10,
        filters: dict[str, Any] | None = None,
    ) -> tuple[list[Any], int]:
        """Return a page of a field's different values, and how many there are; `search_term` is a part of a value."""
        with self._open().snapshot() as snapshot:
            allowed = snapshot.allowed(filters)
            values = unique_values(
                snapshot.connection, metadata_field, snapshot.revision, allowed=allowed, search_term=search_term
            )
        return values[from_ : from_ + size], len(values)

    async def count_documents_async(self) -> int:
        """As `count_documents`, without blocking the event loop."""
        return await asyncio.to_thread(self.count_documents)

    async def filter_documents_async(self, filters: dict[str, Any] | None = None) -> list[Document]:
        """As `filter_documents`, without blocking the event loop."""
        return await asyncio.to_thread(self.filter_documents, filters)

    async def write_documents_async(
        self, documents: list[Document], policy: DuplicatePolicy = DuplicatePolicy.NONE
    ) -> int:
        """As `write_documents`, without blocking the event loop."""
        return await asyncio.to_thread(self.write_documents, documents, policy)

    async def delete_documents_async(self, document_ids: list[str]) -> None:
        """As `delete_documents`, without blocking the event loop."""
        await asyncio.to_thread(self.delete_documents, document_ids)
