"""carrel backup and carrel restore, as a user calls them."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.commands import Command

TEXT = "The kettle stands on the stove."


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Command:
    folder = tmp_path_factory.mktemp("notes")
    (folder / "kettle.txt").write_text(TEXT, encoding="utf-8")
    command = Command(tmp_path_factory.mktemp("home"))
    (command.home / "carrel.toml").write_text("[search]\ntop_k = 3\n", encoding="utf-8")
    command.json("index", str(folder), "--collection", "kitchen")
    return command


@pytest.fixture(scope="module")
def file(filled: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("backups") / "kitchen.backup"
    made = filled.json("backup", str(file), "--collection", "kitchen")
    assert (made["collection"], made["sources"], made["passages"]) == ("kitchen", 1, 1)
    assert made["bytes"] == file.stat().st_size
    assert list(made["vectors"].values()) == [1]
    return file


@pytest.fixture
def other(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def test_a_backup_comes_back_under_its_own_name_with_its_settings(file: Path, other: Command) -> None:
    restored = other.json("restore", str(file))
    assert (restored["collection"], restored["passages"]) == ("kitchen", 1)
    assert restored["notes"] == [f"carrel.toml of the backup was put into {other.home}"]
    hits = other.json("search", "kettle", "--collection", "kitchen")["hits"]
    assert [hit["text"].strip() for hit in hits] == [TEXT]
    assert other.json("status", "--collection", "kitchen")["vectors"] == 1
    assert other.json("config")["settings"]["search"]["top_k"] == 3


def test_a_backup_comes_back_under_another_name(file: Path, other: Command, filled: Command) -> None:
    other.text("restore", str(file), "--collection", "second")
    assert other.json("ask", "Where does the kettle stand?", "--collection", "second")["answers"][0]["answer"]
    asked = other.run("restore", str(file), "--collection", "second")
    assert (asked.code, asked.out, asked.err.count("\n")) == (2, "", 1)
    assert "--force" in asked.err
    assert other.json("restore", str(file), "--collection", "second", "--force")["collection"] == "second"


def test_settings_that_differ_are_said(file: Path, other: Command) -> None:
    other.home.mkdir(parents=True)
    mine = '[index]\nlanguage = "german"\n'
    (other.home / "carrel.toml").write_text(mine, encoding="utf-8")
    notes = other.json("restore", str(file))["notes"]
    assert ["differs" in notes[0], "english" in notes[1]] == [True, True]
    assert (other.home / "carrel.toml").read_text(encoding="utf-8") == mine


def test_a_lost_database_is_named_and_put_back(file: Path, filled: Command, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(filled.home, home)
    hurt = Command(home)
    (home / "collections" / "kitchen" / "store.db").unlink()
    for words in (["search", "kettle"], ["index", str(tmp_path)], ["backup", str(tmp_path / "b")]):
        outcome = hurt.run(*words, "--collection", "kitchen")
        assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
        assert "carrel restore FILE --collection kitchen --force" in outcome.err
    hurt.json("restore", str(file), "--force")
    assert hurt.json("search", "kettle", "--collection", "kitchen")["hits"]


@pytest.mark.parametrize("content", [b"", b"a letter", None])
def test_what_is_no_backup_gets_one_line(file: Path, other: Command, tmp_path: Path, content: bytes | None) -> None:
    foreign = tmp_path / "foreign"
    foreign.write_bytes(file.read_bytes()[:-100] if content is None else content)
    outcome = other.run("restore", str(foreign))
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert str(foreign) in outcome.err
    assert not other.home.exists()


def test_there_is_nothing_to_back_up(other: Command, tmp_path: Path) -> None:
    outcome = other.run("backup", str(tmp_path / "b"))
    assert (outcome.code, outcome.out) == (2, "")
    assert "carrel index" in outcome.err


def test_verify_says_what_is_sound_and_what_is_not(filled: Command, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(filled.home, home)
    command = Command(home)
    found = command.json("verify", "--collection", "kitchen")
    assert (found["sound"], found["truth"], found["repaired"]) == (True, [], [])
    assert found["checked"]["texts"] == 1
    assert "sound" in command.text("verify", "--repair", "--collection", "kitchen")
    with closing(sqlite3.connect(home / "collections" / "kitchen" / "store.db")) as connection, connection:
        connection.execute("UPDATE texts SET content = 'The kettle stands on the shelf.'")
    outcome = command.run("verify", "--collection", "kitchen")
    assert outcome.code == 3
    assert "carrel restore" in outcome.err
