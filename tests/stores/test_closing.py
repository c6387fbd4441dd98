"""What is left behind when a collection is closed: nothing but its files."""

import os
import threading
from pathlib import Path

import pytest

from carrel.records.database import Records
from carrel.records.queue import JobQueue
from carrel.stores.embedded.store import EmbeddedStore
from carrel.testing.store_contract import FINGERPRINT, embed_all, source, unit_vectors


def held(path):
    """Return the files under `path` that this process has open or mapped."""
    opened = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            opened.add(str(entry.readlink()))
        except OSError:
            continue  # the descriptor that lists the descriptors
    mapped = {line.split(maxsplit=5)[-1].strip() for line in Path("/proc/self/maps").read_text().splitlines()}
    return sorted(name for name in opened | mapped if name.startswith(str(path)))


@pytest.mark.skipif(os.name != "posix" or not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_closing_leaves_nothing_open(tmp_path):
    threads = set(threading.enumerate())
    store = EmbeddedStore(tmp_path / "c")
    with store.lease("a job"):
        store.write_sources([source(f"{n}.txt", f"apples {n}", n=n) for n in range(30)])
        embed_all(store)
    assert store.bm25_search("apples")
    assert store.vector_search(unit_vectors(1)[0], fingerprint=FINGERPRINT)
    store.close()
    assert held(tmp_path) == []
    assert set(threading.enumerate()) <= threads
    assert not [path.name for path in (tmp_path / "c").rglob("*") if path.name.endswith(("-wal", "-shm", ".new"))]


def test_the_records_too(tmp_path):
    records = Records.at(tmp_path)
    JobQueue(records).add("index", "c", {})
    records.close()
    assert [path.name for path in tmp_path.iterdir()] == ["records.db"]
    assert held(tmp_path) == []
