"""Collections made by earlier versions of Carrel open, are migrated once, and lose nothing."""

import re
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from carrel import Platform
from carrel.errors import StoreError
from carrel.settings import SearchSettings, Settings
from carrel.stores.embedded.schema import HEAD
from carrel.stores.embedded.store import EmbeddedStore
from carrel.testing.store_contract import uris
from carrel.types import SourceState
from tests.stores.collections_on_disk import contents
from tests.stores.processes import run, start

OLDER = sorted((Path(__file__).parent / "data").glob("schema-*.zip"))
"""Each was made by the code of its day: `data/make_older_index.py` says how."""

ROWS = [f"row-{n}" for n in range(12)]


@pytest.fixture(params=OLDER, ids=lambda file: file.stem)
def home(request, tmp_path):
    with zipfile.ZipFile(request.param) as archive:
        archive.extractall(tmp_path / "collections" / "default")
    return tmp_path


@pytest.fixture
def folder(home):
    return home / "collections" / "default"


def schema_of(folder):
    with closing(sqlite3.connect(folder / "store.db")) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def stored_vectors(folder):
    """Return fingerprint, source and vector of every visible passage, as the file holds them."""
    with closing(sqlite3.connect(folder / "store.db")) as connection:
        rows = connection.execute("""
            SELECT encoders.fingerprint, sources.uri, vectors.vector FROM embedded
            JOIN vectors ON vectors.key = embedded.vector JOIN encoders ON encoders.key = embedded.encoder
            JOIN passages ON passages.key = embedded.passage JOIN sources ON sources.key = passages.source
            WHERE passages.removed IS NULL
        """).fetchall()
    return [(fingerprint, uri, np.frombuffer(vector, dtype=np.float32)) for fingerprint, uri, vector in rows]


def test_there_is_one_for_the_first_schema():
    assert OLDER[0].stem == "schema-0001"
    assert all(file.stat().st_size < 200_000 for file in OLDER)


def test_words_and_filters_find_what_they_found(folder):
    store = EmbeddedStore(folder)
    found = store.bm25_search("Vistula", top_k=100)
    assert sorted(uris(found)) == sorted([*ROWS, "warsaw.txt"])
    assert uris(store.bm25_search("caller")) == ["own"]
    assert store.bm25_search("passes") == []  # deleted before the migration
    assert uris(store.bm25_search("bridge", filters={"field": "meta.n", "operator": "==", "value": 7})) == ["row-7"]
    red = store.filter_documents({"field": "meta.colour", "operator": "==", "value": "red"})
    assert uris(red) == ["row-0"]
    store.close()


def test_the_ledger_is_complete(folder):
    store = EmbeddedStore(folder)
    assert [record.uri for record in store.sources(state=SourceState.INDEXED)] == sorted(
        [*ROWS, "own", "tea.md", "warsaw.txt"]
    )
    [failed] = store.sources(state=SourceState.FAILED)
    assert (failed.uri, failed.attempts > 0, bool(failed.reason)) == ("broken.pdf", True, True)
    tea = store.version_text("tea.md")
    assert (tea.title, tea.headings[0].text, tea.text[tea.headings[0].start :][:3]) == ("Tea", "Tea", "Tea")
    assert "Vistula" in store.version_text("warsaw.txt").text
    kept = "".join(re.findall(r"[0-9a-f]{64}", str(kept_versions(folder))))
    assert store.version_text("warsaw.txt", kept).text.strip() == "Warsaw stood here before."
    store.close()


def kept_versions(folder):
    with closing(sqlite3.connect(folder / "store.db")) as connection:
        return connection.execute("SELECT hash FROM versions WHERE kept = 1").fetchall()


def test_every_vector_is_searchable_without_a_model(folder):
    expected = stored_vectors(folder)
    assert len(expected) == 15
    store = EmbeddedStore(folder)
    for fingerprint, uri, vector in expected:
        hits = store.vector_search(vector, fingerprint=fingerprint, top_k=12)
        assert hits[0].score == pytest.approx(1.0, abs=1e-5)
        assert uri in uris([hit for hit in hits if hit.score > 1 - 1e-5])
    assert sorted((entry.vectors, entry.passages) for entry in store.coverage()) == [(1, 15), (14, 15)]
    store.close()


def test_questions_are_answered_and_indexing_goes_on(home, tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("The Oder is a river too.", encoding="utf-8")
    with Platform(home, settings=Settings(search=SearchSettings(mode="bm25"))) as desk:
        asked = desk.ask("Which river does Warsaw stand on?")
        assert any("Vistula" in answer.text for answer in asked.answers)
        assert desk.index([note], embed=False).indexed == 1
        assert [hit.source for hit in desk.search("Oder", mode="bm25")] == ["note.txt"]


def test_old_indexes_say_what_new_ones_would(folder):
    def found():
        store = EmbeddedStore(folder)
        fingerprint, _, vector = expected[0]
        by_words = {hit.id for hit in store.bm25_search("Vistula tea caller", top_k=50)}
        by_vector = [(hit.id, hit.score) for hit in store.vector_search(vector, fingerprint=fingerprint, top_k=50)]
        revision = store.revision
        store.close()
        return by_words, by_vector, revision

    expected = stored_vectors(folder)
    before = found()
    for name in ("text", "vectors"):
        shutil.rmtree(folder / name)
    assert found() == before


def test_the_migration_runs_once(folder):
    code = "store.count_documents(); print('alembic' in sys.modules)"
    is_older = schema_of(folder) != HEAD
    assert run(code, folder) == (0, f"{is_older}\n")
    assert schema_of(folder) == HEAD
    assert run(code, folder) == (0, "False\n")


def test_two_processes_that_open_it_at_once(folder):
    code = """
    print("ready", flush=True)
    sys.stdin.readline()
    print(store.count_documents(), len(store.bm25_search("Vistula", top_k=50)))
    """
    with start(code, folder) as one, start(code, folder) as two:
        processes = (one, two)
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        assert [process.communicate(timeout=120)[0] for process in processes] == ["15 13\n", "15 13\n"]
        assert [process.returncode for process in processes] == [0, 0]
    assert schema_of(folder) == HEAD


def test_an_index_of_a_newer_version_is_refused_and_left_alone(folder):
    with closing(sqlite3.connect(folder / "store.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = contents(folder)
    for _ in range(2):
        store = EmbeddedStore(folder)
        with pytest.raises(StoreError, match=r"newer.*upgrade"):
            store.count_documents()
        store.close()
    assert contents(folder) == before
