"""BM25 over paragraphs that are in no collection, for finding hard negatives in files of labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from tempfile import TemporaryDirectory

from carrel._haystack import Document, DuplicatePolicy
from carrel.stores.embedded.store import EmbeddedStore
from carrel.training.negatives import PassageSearch


@contextmanager
def paragraph_search(paragraphs: Sequence[str]) -> Iterator[PassageSearch]:
    """Index the paragraphs in a temporary store, and search them while the block lasts."""
    with TemporaryDirectory(prefix="carrel-negatives-") as folder, closing(EmbeddedStore(folder)) as store:
        # Ids in the order of the file: equal scores are broken by it.
        documents = [Document(id=f"{number:08d}", content=text) for number, text in enumerate(paragraphs)]
        store.write_documents(documents, policy=DuplicatePolicy.FAIL)
        yield lambda question, count: [found.content or "" for found in store.bm25_search(question, top_k=count)]
