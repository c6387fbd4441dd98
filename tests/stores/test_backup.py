"""A backup is one revision in one file; restoring it is all or nothing."""

import json
import shutil
import signal
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.errors import BackupError, LeaseError, StoreError
from carrel.stores.embedded.backup import write_backup
from carrel.stores.embedded.backup_file import read_manifest
from carrel.stores.embedded.restore import restore_backup
from carrel.stores.embedded.store import EmbeddedStore
from carrel.testing.store_contract import FINGERPRINT, embed_all, source, uris
from tests.stores.collections_on_disk import contents, findings, put_noise, truth
from tests.stores.processes import run, start


def fill(folder, *, sources=8, text="apples number"):
    store = EmbeddedStore(folder)
    store.write_sources([source(f"{n}.txt", f"{text} {n}", title=f"Title {n}", n=n) for n in range(sources)])
    embed_all(store)
    store.delete_sources(["3.txt"])
    store.compact(grace=0.0, deleted_share=0.0)  # a rewritten text index forgets what was deleted
    store.close()


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("original") / "papers"
    fill(folder)
    return folder


@pytest.fixture(scope="module")
def backup(original, tmp_path_factory):
    file = tmp_path_factory.mktemp("backups") / "papers.backup"
    write_backup(original, file)
    return file


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "collections" / "papers"


def test_what_comes_back_is_what_was_there(original, backup, folder):
    restored = restore_backup(backup, folder, collection="default")
    held = restored.manifest.contents
    assert (held.collection, held.sources, held.passages, held.vectors) == ("default", 7, 7, {FINGERPRINT: 7})
    assert truth(folder) == truth(original)
    assert findings(folder) == findings(original)


def test_a_restored_collection_is_searchable_at_once_and_goes_on(backup, folder):
    restore_backup(backup, folder, collection="default")
    assert list((folder / "text").glob("*/meta.json"))  # built before it was put in place
    store = EmbeddedStore(folder)
    with store.lease("the next job"):
        store.write_sources([source("new.txt", "pears")])
    assert uris(store.bm25_search("pears")) == ["new.txt"]
    store.close()


def test_backups_taken_while_another_process_indexes_hold_one_revision_each(tmp_path):
    code = """
    with store.lease("busy"):
        for number in range(1000):
            store.write_sources([source(f"{n}.txt", f"apples batch{number} {n}", n=number) for n in range(20)])
            embed_all(store, seed=number)
            print(number, flush=True)
    """
    with start(code, tmp_path / "busy") as writer:
        assert writer.stdout.readline() == "0\n"
        files = [write_backup(tmp_path / "busy", tmp_path / f"{n}.backup") for n in range(4)]
        assert writer.poll() is None
        writer.kill()
    for written in files:
        folder = tmp_path / "restored" / written.file.stem
        restore_backup(written.file, folder, collection="default")
        store = EmbeddedStore(folder)
        hits = store.bm25_search("apples", top_k=100)
        assert len(hits) == 20
        assert len({hit.meta["n"] for hit in hits}) == 1
        assert store.revision == written.contents.revision
        with store.lease("nobody is asked to wait for the job of the backup"):
            pass
        store.close()


def test_another_name_gives_the_ids_of_that_name(original, backup, folder, tmp_path):
    restore_backup(backup, folder, collection="other")
    fresh = EmbeddedStore(tmp_path / "fresh", collection="other")
    restored = EmbeddedStore(folder, collection="other")
    batch = [source(f"{n}.txt", f"apples number {n}", title=f"Title {n}", n=n) for n in range(8) if n != 3]
    fresh.write_sources(batch)
    assert [d.id for d in restored.iterate()] == [d.id for d in fresh.iterate()]
    before = restored.revision
    restored.write_sources(batch)  # indexing again finds everything in place
    assert restored.revision == before
    fresh.close()
    restored.close()


def test_purged_texts_are_not_in_the_file(tmp_path):
    fill(tmp_path / "c")
    store = EmbeddedStore(tmp_path / "c")
    store.write_sources([source("secret.txt", "pomegranate")])
    store.delete_sources(["secret.txt"], purge=True)
    store.close()
    written = write_backup(tmp_path / "c", tmp_path / "c.backup")
    with zipfile.ZipFile(written.file) as archive:
        assert b"pomegranate" not in archive.read("store.db")


def test_an_existing_file_is_replaced_only_when_told(original, tmp_path):
    file = tmp_path / "c.backup"
    file.write_text("something of mine")
    with pytest.raises(BackupError, match="--force"):
        write_backup(original, file)
    assert file.read_text() == "something of mine"
    write_backup(original, file, replace=True)
    assert read_manifest(file).contents.passages == 7
    assert list(tmp_path.iterdir()) == [file]


def test_a_backup_that_cannot_be_made_leaves_the_old_one(original, backup, tmp_path):
    file = tmp_path / "c.backup"
    shutil.copy(backup, file)
    damaged = tmp_path / "damaged"
    shutil.copytree(original, damaged)
    put_noise(damaged / "store.db", begin=0.2)
    with pytest.raises(StoreError, match="damaged"):
        write_backup(damaged, file, replace=True)
    with pytest.raises(BackupError, match="no folder"):
        write_backup(original, tmp_path / "nowhere" / "c.backup")
    assert file.read_bytes() == backup.read_bytes()


def test_an_existing_collection_is_replaced_only_when_told(backup, folder):
    fill(folder, text="pears")
    before = contents(folder)
    with pytest.raises(BackupError, match="--force"):
        restore_backup(backup, folder, collection="default")
    assert contents(folder) == before
    restore_backup(backup, folder, collection="default", replace=True)
    store = EmbeddedStore(folder)
    assert store.bm25_search("pears") == []
    assert len(store.bm25_search("apples")) == 7
    store.close()
    assert list(folder.parent.iterdir()) == [folder]


def test_who_has_the_old_collection_open_sees_the_new_one(backup, folder):
    fill(folder, text="pears")
    running = EmbeddedStore(folder)
    assert len(running.bm25_search("pears")) == 7
    restore_backup(backup, folder, collection="default", replace=True)
    assert running.bm25_search("pears") == []
    assert len(running.bm25_search("apples")) == 7
    running.close()


def test_a_job_of_the_old_collection_cannot_write_to_the_new_one(backup, folder):
    fill(folder, text="pears")
    job = EmbeddedStore(folder)
    with job.lease("first"), pytest.raises(LeaseError, match="first"):
        restore_backup(backup, folder, collection="default", replace=True)
    with job.lease("paused", seconds=60.0) as lease:
        pass  # its lease has ended, and it does not know
    restore_backup(backup, folder, collection="default", replace=True)
    with pytest.raises(LeaseError, match="paused has ended"):
        job.write_sources([source("late.txt", "plums")], lease=lease)
    job.close()


def test_a_damaged_collection_can_be_replaced(backup, folder):
    fill(folder, text="pears")
    put_noise(folder / "store.db")
    restore_backup(backup, folder, collection="default", replace=True)
    assert len(findings(folder)[0]) == 7


def test_a_crash_before_the_switch_leaves_the_old_collection(backup, folder):
    fill(folder, text="pears")
    code = f"""
    from pathlib import Path
    from carrel.stores.embedded import restore
    restore.put_in_place = lambda new, target: os.kill(os.getpid(), signal.SIGKILL)
    restore.restore_backup(Path({str(backup)!r}), Path(sys.argv[1]), collection="default", replace=True)
    """
    assert run(code, folder)[0] == -signal.SIGKILL
    store = EmbeddedStore(folder)
    assert len(store.bm25_search("pears")) == 7
    with store.lease("the dead process holds nothing"):
        pass
    store.close()
    restore_backup(backup, folder, collection="default", replace=True)
    assert len(findings(folder)[0]) == 7


@settings(max_examples=60)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_that_was_cut_off_is_refused(backup, share):
    whole = backup.read_bytes()
    assert_refused(whole[: int(len(whole) * share)])


@settings(max_examples=60)
@given(place=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_a_changed_byte_is_refused_or_of_no_account(original, backup, place, mask):
    changed = bytearray(backup.read_bytes())
    changed[int(len(changed) * place)] ^= mask
    assert_refused(bytes(changed), unless_equal_to=original)


@pytest.mark.parametrize("kind", ["empty", "text", "other zip", "newer format", "other database", "folder", "nothing"])
def test_a_foreign_file_is_refused(kind, tmp_path, backup, folder):
    file = tmp_path / "foreign"
    with zipfile.ZipFile(backup) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    match kind:
        case "empty":
            file.touch()
        case "text":
            file.write_text("A letter.")
        case "folder":
            file.mkdir()
        case "other zip":
            pack(file, {"letter.txt": b"Dear all"})
        case "newer format":
            pack(file, {"manifest.json": json.dumps({**manifest, "version": 99}).encode(), "store.db": b""})
        case "other database":
            pack(file, {"manifest.json": json.dumps(manifest).encode(), "store.db": b"SQLite format 3\0 and so on"})
    with pytest.raises(BackupError, match="newer" if kind == "newer format" else "backup"):
        restore_backup(file, folder, collection="default")
    assert not folder.exists()


def test_a_backup_of_a_newer_schema_is_refused(backup, folder, tmp_path):
    newer = tmp_path / "newer"
    restore_backup(backup, newer, collection="default")
    with closing(sqlite3.connect(newer / "store.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    write_backup(newer, tmp_path / "newer.backup")
    with pytest.raises(StoreError, match=r"newer.*upgrade"):
        restore_backup(tmp_path / "newer.backup", folder, collection="default")
    assert not folder.exists()
    assert not list(folder.parent.iterdir())


def pack(file, members):
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def assert_refused(content, *, unless_equal_to=None):
    """Restoring this over a collection fails and leaves it as it is; or it gives exactly that collection."""
    with TemporaryDirectory() as name:
        folder, file = Path(name) / "collections" / "c", Path(name) / "file"
        folder.mkdir(parents=True)
        (folder / "precious").write_text("old")
        file.write_bytes(content)
        try:
            restore_backup(file, folder, collection="default", replace=True)
        except BackupError:
            assert [path.name for path in folder.iterdir()] == ["precious"]
            assert list(folder.parent.iterdir()) == [folder]
        else:
            assert unless_equal_to is not None
            assert truth(folder) == truth(unless_equal_to)
