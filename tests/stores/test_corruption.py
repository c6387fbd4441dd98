"""Damage to any file of a collection is repaired at opening or said in one sentence; the truth is never touched."""

import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from carrel.errors import StoreError
from carrel.stores.embedded import vector_folding
from carrel.stores.embedded.store import EmbeddedStore
from carrel.testing.store_contract import embed_all, source
from tests.privileges import without_root
from tests.stores.collections_on_disk import contents, findings, put_noise, truncate, truth
from tests.stores.processes import run

DAMAGES = {
    "removed": lambda file: file.unlink(),
    "emptied": lambda file: truncate(file, 0),
    "cut in half": lambda file: truncate(file, 0.5),
    "last bytes cut off": lambda file: truncate(file, 0.97),
    "noise all over": lambda file: put_noise(file, seed=1),
    "noise at the beginning": lambda file: put_noise(file, end=0.1, seed=2),
    "noise in the middle": lambda file: put_noise(file, begin=0.45, end=0.5, seed=3),
    "noise at the end": lambda file: put_noise(file, begin=0.9, seed=4),
    "zeros": lambda file: file.write_bytes(bytes(file.stat().st_size)),
}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A collection with exact and compressed segments of vectors, a tail, and two segments of text."""
    folder = tmp_path_factory.mktemp("original") / "c"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vector_folding, "FOLD_AT", 16)
        patch.setattr(vector_folding, "COMPRESS_AT", 64)
        store = EmbeddedStore(folder)
        for begin, end in ((0, 64), (64, 84), (84, 90)):
            store.write_sources([source(f"{n}.txt", f"apples number {n}", n=n) for n in range(begin, end)])
            embed_all(store, seed=begin)
        store.close()
    return folder


@pytest.fixture(scope="module")
def expected(original, tmp_path_factory):
    """What searches find in a copy with whole indexes, and a hash of the truth."""
    folder = shutil.copytree(original, tmp_path_factory.mktemp("expected") / "c")
    return findings(folder), truth(folder)


def derived_files(folder):
    return [file.relative_to(folder) for name in ("text", "vectors") for file in sorted((folder / name).rglob("*.*"))]


def test_the_collection_has_every_kind_of_file(original):
    suffixes = {file.suffix for file in derived_files(original)}
    assert {
        ".json",
        ".term",
        ".idx",
        ".pos",
        ".store",
        ".fast",
        ".fieldnorm",
        ".faiss",
        ".float32",
        ".sums",
    } <= suffixes


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_indexes_come_back(original, expected, tmp_path, damage):
    files = [*derived_files(original), "text/current"]
    for number, name in enumerate(files):
        folder = shutil.copytree(original, tmp_path / str(number))  # with the times of the files
        DAMAGES[damage](folder / name)
        found, sql = expected
        assert findings(folder) == found, name
        assert truth(folder) == sql, name
        shutil.rmtree(folder)


@pytest.mark.parametrize("seed", range(3))
def test_every_index_file_damaged_at_once(original, expected, tmp_path, seed):
    folder = shutil.copytree(original, tmp_path / "c")
    for name in derived_files(folder):
        put_noise(folder / name, begin=0.1 * seed, end=0.1 * seed + 0.3, seed=seed)
    assert (findings(folder), truth(folder)) == expected


def test_vectors_of_another_collection_are_found_out(original, expected, tmp_path):
    folder = shutil.copytree(original, tmp_path / "c")
    other = EmbeddedStore(tmp_path / "other")
    other.write_sources([source(f"{n}.txt", f"pears number {n}") for n in range(30)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vector_folding, "FOLD_AT", 16)
        embed_all(other, seed=5)
    other.close()
    shutil.rmtree(folder / "vectors")
    shutil.copytree(tmp_path / "other" / "vectors", folder / "vectors")
    store = EmbeddedStore(folder)
    found = store.verify(repair=True)
    store.close()
    assert "does not find" in found.indexes["vectors"][0]
    assert (found.repaired, found.is_sound) == (["vectors"], True)
    assert (findings(folder), truth(folder)) == expected


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("share", [0.001, 0.02, 0.3])
def test_noise_in_the_database_is_said_or_without_effect(original, expected, tmp_path, share, seed):
    folder = shutil.copytree(original, tmp_path / "c")
    place = 0.23 * seed
    put_noise(folder / "store.db", begin=place, end=place + share, seed=seed)
    found = found_or_refused(folder)
    assert found == expected[0] or is_refusal(found) or not soundness(folder)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_database_is_said(original, tmp_path, share):
    folder = shutil.copytree(original, tmp_path / "c")
    truncate(folder / "store.db", share)
    before = contents(folder)
    assert is_refusal(found_or_refused(folder))
    assert contents(folder)[Path("store.db")] == before[Path("store.db")]


def test_a_missing_database_is_not_begun_anew(original, tmp_path):
    folder = shutil.copytree(original, tmp_path / "c")
    (folder / "store.db").unlink()
    before = contents(folder)
    assert is_refusal(found_or_refused(folder))
    assert contents(folder) == before


def test_a_database_that_vanishes_under_a_running_process(original, tmp_path):
    folder = shutil.copytree(original, tmp_path / "c")
    store = EmbeddedStore(folder)
    assert store.count_documents() == 90
    (folder / "store.db").unlink()
    with pytest.raises(StoreError, match="carrel restore"):
        store.count_documents()
    store.close()
    assert not (folder / "store.db").exists()


def test_something_else_in_the_place_of_the_database(original, tmp_path):
    folder = shutil.copytree(original, tmp_path / "c")
    (folder / "store.db").write_text("A letter to all.\n" * 1000)
    assert is_refusal(found_or_refused(folder))
    (folder / "store.db").unlink()
    with closing(sqlite3.connect(folder / "store.db")) as other, other:
        other.execute("CREATE TABLE letters (text)")
    assert is_refusal(found_or_refused(folder))


def test_a_write_ahead_log_that_was_taken_away(tmp_path):
    """What stood in it only is gone; what is left is searched as one revision, or nothing is."""
    code = """
    for number in range(30):
        store.write_sources([source(f"{n}.txt", f"apples batch{number} {n}", n=number) for n in range(20)])
    print(flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
    """
    for batches in (1, 30):
        folder = tmp_path / str(batches)
        assert run(code.replace("30", str(batches)), folder)[0] == -signal.SIGKILL
        assert (folder / "store.db-wal").stat().st_size
        (folder / "store.db-wal").unlink()
        found = hits_or_refused(folder)
        if not is_refusal(found):
            assert len(found) in {0, 20}
            assert len({hit.meta["n"] for hit in found}) <= 1


def test_a_folder_that_may_not_be_written_to(original, expected):
    with TemporaryDirectory() as name:
        outer = Path(name)
        outer.chmod(0o755)
        folder = shutil.copytree(original, outer / "c")
        before = contents(folder)
        for path in [*folder.rglob("*"), folder]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        with without_root():
            found = found_or_refused(folder)
        assert found == expected[0] or "written to" in str(found) or "opened" in str(found)
        assert contents(folder) == before
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)


def found_or_refused(folder):
    try:
        return findings(folder)
    except StoreError as error:
        return error


def hits_or_refused(folder):
    store = EmbeddedStore(folder)
    try:
        return store.bm25_search("apples", top_k=100)
    except StoreError as error:
        return error
    finally:
        store.close()


def is_refusal(found):
    """Whether this is the error that tells its reader to put a backup back."""
    return isinstance(found, StoreError) and "carrel restore" in str(found)


def soundness(folder):
    """What a full check says; noise in a text's letters is seen by nothing else."""
    store = EmbeddedStore(folder)
    try:
        return store.verify().is_sound
    except StoreError:
        return False
    finally:
        store.close()
