"""Three document stores of Haystack behind one small interface; each is imported when it is opened."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "false"

from haystack import Document  # noqa: TID251  (runs where Carrel is not installed)
from haystack.document_stores.errors import DuplicateDocumentError  # noqa: TID251
from haystack.document_stores.types import DuplicatePolicy  # noqa: TID251

__all__ = ["DIMENSION", "STORES", "Document", "DuplicateDocumentError", "DuplicatePolicy", "Opened"]

DIMENSION = 32


class Opened(ABC):
    """A store that keeps itself under a name in a folder; what was saved there before is opened."""

    store: Any

    def __init__(self, folder: Path, name: str = "documents") -> None:
        self.folder = folder
        self.name = name

    def write(self, documents: list[Any], policy: Any = DuplicatePolicy.FAIL) -> None:
        self.store.write_documents(documents, policy)

    def delete(self, named: list[str]) -> None:
        self.store.delete_documents(named)

    def count(self) -> int:
        return int(self.store.count_documents())

    def filter(self, filters: dict[str, Any] | None) -> list[Any]:
        return list(self.store.filter_documents(filters))

    @abstractmethod
    def search(self, vector: list[float], top_k: int, filters: dict[str, Any] | None = None) -> list[Any]:
        """Return the nearest documents, nearest first."""

    def save(self) -> None:  # noqa: B027
        """Save, where a store does not do that with every write."""

    def reopened(self) -> Opened:
        """Return the store as another process would open it."""
        self.close()
        return type(self)(self.folder, self.name)

    def close(self) -> None:  # noqa: B027
        """Let go of files."""


class Memory(Opened):
    """Haystack's InMemoryDocumentStore with `save_to_disk`; cosine, as the others here."""

    def __init__(self, folder: Path, name: str = "documents") -> None:
        super().__init__(folder, name)
        from haystack.document_stores.in_memory import InMemoryDocumentStore  # noqa: TID251

        self.path = folder / name
        if self.path.exists():
            self.store = InMemoryDocumentStore.load_from_disk(str(self.path))
        else:
            self.store = InMemoryDocumentStore(embedding_similarity_function="cosine", shared=False)

    def search(self, vector: list[float], top_k: int, filters: dict[str, Any] | None = None) -> list[Any]:
        found: list[Any] = self.store.embedding_retrieval(vector, filters=filters, top_k=top_k)
        return found

    def save(self) -> None:
        self.store.save_to_disk(str(self.path))


class Faiss(Opened):
    """FAISSDocumentStore of faiss-haystack with `save`."""

    index = "Flat"

    def __init__(self, folder: Path, name: str = "documents") -> None:
        super().__init__(folder, name)
        from haystack_integrations.document_stores.faiss import FAISSDocumentStore

        self.path = folder / name
        self.store = FAISSDocumentStore(str(self.path), index_string=self.index, embedding_dim=DIMENSION)

    def search(self, vector: list[float], top_k: int, filters: dict[str, Any] | None = None) -> list[Any]:
        found: list[Any] = self.store.search(vector, top_k=top_k, filters=filters)
        return found

    def save(self) -> None:
        self.store.save(self.path)


class FaissGraph(Faiss):
    """The same with an approximate index, which that store leaves its user to choose."""

    index = "HNSW32"


class Carrel(Opened):
    """Carrel's embedded store, searched by the vectors that came with the documents."""

    def __init__(self, folder: Path, name: str = "documents") -> None:
        super().__init__(folder, name)
        from carrel.stores.embedded.store import EmbeddedStore

        self.store = EmbeddedStore(folder / name)

    def search(self, vector: list[float], top_k: int, filters: dict[str, Any] | None = None) -> list[Any]:
        import numpy as np

        unit = np.asarray(vector, dtype=np.float32)
        found: list[Any] = self.store.vector_search(unit, fingerprint="external", top_k=top_k, filters=filters)
        return found

    def close(self) -> None:
        self.store.close()


STORES: dict[str, Callable[..., Opened]] = {
    "carrel": Carrel,
    "memory": Memory,
    "faiss": Faiss,
    "faiss-hnsw": FaissGraph,
}
