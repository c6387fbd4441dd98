"""Looking at a collection's folder from outside: what its truth is, what searches find, and damaging its files."""

import hashlib
import sqlite3
from contextlib import closing

import numpy as np

from carrel.stores.embedded.store import EmbeddedStore
from carrel.testing.store_contract import FINGERPRINT, unit_vectors


def truth(folder):
    """Return a hash of everything in the database but the lease, which is no content."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(f"{(folder / 'store.db').as_uri()}?mode=ro", uri=True)) as connection:
        for line in connection.iterdump():
            if not line.startswith('INSERT INTO "leases"'):
                digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def findings(folder, *, words="apples 7 12", fingerprint=FINGERPRINT, collection="default"):
    """What searches find, and how far the store is; BM25 scores to two digits, since they see deleted markers."""
    store = EmbeddedStore(folder, collection=collection)
    try:
        by_words = store.bm25_search(words, top_k=60)
        by_vector = store.vector_search(unit_vectors(1, seed=99)[0], fingerprint=fingerprint, top_k=60)
        return (
            [(hit.id, float(f"{hit.score:.2g}")) for hit in by_words],
            [(hit.id, hit.score) for hit in by_vector],
            store.revision,
        )
    finally:
        store.close()


def contents(folder):
    """Return every file under a folder with its bytes."""
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def put_noise(file, *, begin=0.0, end=1.0, seed=0):
    """Overwrite a share of a file with random bytes, in place."""
    size = file.stat().st_size
    first, last = int(size * begin), max(int(size * end), int(size * begin) + 1)
    with file.open("rb+") as stream:
        stream.seek(first)
        stream.write(np.random.default_rng(seed).bytes(min(last, size) - first))


def truncate(file, share):
    """Cut a file off."""
    with file.open("rb+") as stream:
        stream.truncate(int(file.stat().st_size * share))
