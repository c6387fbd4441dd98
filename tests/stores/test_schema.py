"""The migrations make the tables that the code describes."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from carrel.errors import SettingsError
from carrel.stores.embedded import database, schema
from carrel.stores.embedded.store import EmbeddedStore


def test_migrations_and_tables_agree(tmp_path):
    opened = database.Database(tmp_path / "store.db")
    opened.migrate()
    with opened.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    opened.close()


def test_the_newest_migration_is_the_one_that_the_code_expects():
    scripts = ScriptDirectory(str(database.MIGRATIONS))
    assert scripts.get_current_head() == schema.HEAD


def test_name_and_language_are_fixed_at_creation(tmp_path):
    store = EmbeddedStore(tmp_path, language="german")
    store.count_documents()
    store.close()
    with pytest.raises(SettingsError, match="'german'"):
        EmbeddedStore(tmp_path, language="english").count_documents()
    with pytest.raises(SettingsError, match="klingon"):
        EmbeddedStore(tmp_path / "other", language="klingon").count_documents()


def test_a_store_travels_as_a_dictionary(tmp_path):
    store = EmbeddedStore(tmp_path / "c", collection="papers", language=None)
    copy = EmbeddedStore.from_dict(store.to_dict())
    assert copy.to_dict() == store.to_dict()
    assert not (tmp_path / "c").exists()  # nothing is opened before it is used
