"""`verify` finds what opening does not look for, and repairs what can be built anew."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from carrel.stores.embedded.store import EmbeddedStore
from carrel.testing.store_contract import embed_all, source
from tests.stores.collections_on_disk import findings, truth


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("original") / "c"
    store = EmbeddedStore(folder)
    store.write_sources([source(f"{n}.txt", f"apples number {n}", n=n) for n in range(20)])
    embed_all(store)
    store.close()
    return folder


@pytest.fixture
def folder(original, tmp_path):
    return shutil.copytree(original, tmp_path / "c")  # with the times of the files


def verified(folder, *, repair=False):
    store = EmbeddedStore(folder)
    try:
        return store.verify(repair=repair)
    finally:
        store.close()


def change(folder, statement, *values):
    with closing(sqlite3.connect(folder / "store.db")) as connection, connection:
        assert connection.execute(statement, values).rowcount > 0


def test_a_sound_collection(folder):
    before = truth(folder)
    found = verified(folder)
    assert found.is_sound
    assert found.checked["texts"] == found.checked["passages"] == found.checked["vectors"] == 20
    assert found.checked["indexed passages"] == 20
    assert 0 < found.checked["vectors searched for"] <= 20
    assert truth(folder) == before


def test_an_empty_collection(tmp_path):
    assert verified(tmp_path / "empty").is_sound


@pytest.mark.parametrize(
    ("statement", "values", "problem"),
    [
        ("UPDATE texts SET content = replace(content, 'apples', 'appels') WHERE text = 5", (), "hash"),
        ('UPDATE passages SET "end" = 4000 WHERE key = 5', (), "beyond its text"),
        ("UPDATE vectors SET vector = zeroblob(32) WHERE key = 5", (), "unit vector"),
        ("UPDATE vectors SET vector = zeroblob(8) WHERE key = 5", (), "unit vector"),
        ("UPDATE passages SET version = 4711 WHERE key = 5", (), "refers to"),
    ],
)
def test_damaged_truth_is_said_and_left_to_a_backup(folder, statement, values, problem):
    change(folder, statement, *values)
    before = truth(folder)
    found = verified(folder, repair=True)
    assert not found.is_sound
    assert any(problem in sentence for sentence in found.truth)
    assert truth(folder) == before


def test_bits_that_rot_in_the_text_index(folder):
    """The file keeps its time, so that opening does not look at it."""
    expected = findings(folder)
    file = next(path for path in (folder / "text").rglob("*.store"))
    times, content = file.stat(), bytearray(file.read_bytes())
    content[len(content) // 3] ^= 16
    file.write_bytes(content)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    found = verified(folder)
    assert "checksum" in found.indexes["text"][0]
    assert not found.is_sound
    assert verified(folder, repair=True).repaired == ["text"]
    assert verified(folder).is_sound
    assert findings(folder) == expected


def test_an_index_that_does_not_fit_the_database(folder):
    change(folder, "UPDATE passages SET removed = 1 WHERE key = 5")
    found = verified(folder, repair=True)
    assert found.indexes["text"] == ["the text index has too many: 1 passages at revision 2"]
    assert (found.repaired, found.is_sound) == (["text"], True)
    assert verified(folder).indexes == {"text": [], "vectors": []}
