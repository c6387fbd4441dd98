"""The database of the records: made by migrations, found by its URL."""

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from carrel.errors import SettingsError
from carrel.records import database, schema
from carrel.records.database import Records


def test_migrations_and_tables_agree(records):
    with records.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def test_the_newest_migration_is_the_one_that_the_code_expects():
    assert ScriptDirectory(str(database.MIGRATIONS)).get_current_head() == schema.HEAD


def test_many_open_a_new_home_at_once(tmp_path):
    opened, errors = [], []

    def begin():
        try:
            opened.append(Records.at(tmp_path / "home"))
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for records in opened:
        records.close()
    assert (len(opened), errors) == (4, [])


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("nonsense", "no database URL"),
        ("mysql://host/db", "sqlite or postgresql"),
        ("sqlite:////nowhere/at/all.db", "cannot be used"),
    ],
)
def test_a_url_that_cannot_be_used(url, hint):
    with pytest.raises(SettingsError, match=hint):
        Records(url)


def test_nothing_is_left_behind_when_closed(tmp_path):
    Records.at(tmp_path).close()
    assert [file.name for file in tmp_path.iterdir()] == [database.FILE]
