"""Finding sources under paths, and the names that they go by."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from carrel.errors import UserError
from carrel.indexing.sources import discover
from carrel.indexing.uris import Uris, relative_names
from carrel.types import SourceRecord, SourceState
from tests.privileges import without_root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "notes"
    for name in ["b.txt", "a/z.md", "a/y.PDF", ".hidden.txt", ".git/x.txt", "~$w.docx", "pic.psd", "Makefile"]:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text", encoding="utf-8")
    return root


def test_a_folder_is_walked_in_order_without_hidden_and_unknown_files(folder: Path) -> None:
    found = discover([folder])

    assert [file.relative for file in found.files] == ["a/y.PDF", "a/z.md", "b.txt"]
    assert {file.root for file in found.files} == {str(folder)}
    assert found.skipped == {"hidden": 3, ".psd": 1, "without suffix": 1}


def test_a_file_is_relative_to_its_own_folder_and_its_own_root(folder: Path) -> None:
    (file,) = discover([folder / "a" / "z.md"]).files

    assert (file.relative, file.root) == ("z.md", str(folder / "a" / "z.md"))


def test_paths_that_overlap_are_found_once(folder: Path) -> None:
    found = discover([folder / "a", folder / "b.txt", folder, folder / "a" / ".." / "a" / "z.md"])

    assert [file.relative for file in found.files] == ["a/y.PDF", "a/z.md", "b.txt"]


def test_a_path_inside_an_indexed_folder_belongs_to_it(folder: Path) -> None:
    found = discover([folder / "a"], [str(folder)])

    assert [file.relative for file in found.files] == ["a/y.PDF", "a/z.md"]
    assert found.walked == {folder / "a": folder}


def test_links_in_a_circle_end_and_links_to_the_outside_are_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "o.txt").write_text("text", encoding="utf-8")
    (outside / "back").symlink_to(folder)
    (folder / "a" / "up").symlink_to(folder)
    (folder / "link").symlink_to(outside)
    (folder / "second").symlink_to(outside)
    (folder / "gone.txt").symlink_to(tmp_path / "nowhere.txt")

    assert [file.relative for file in discover([folder]).files] == ["a/y.PDF", "a/z.md", "b.txt", "link/o.txt"]


def test_names_that_are_no_text_can_be_written(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    Path(os.fsdecode(path)).write_text("text", encoding="utf-8")

    (file,) = discover([tmp_path]).files
    assert file.relative == "caf\ufffd.txt"


def test_what_cannot_be_indexed_is_named_before_anything_happens(folder: Path) -> None:
    with pytest.raises(UserError, match=r"no file or folder .*nowhere"):
        discover([folder, folder / "nowhere"])
    with pytest.raises(UserError, match=r"pic\.psd.* known are .*\.md"):
        discover([folder, folder / "pic.psd"])


def test_a_folder_that_cannot_be_read_is_named() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "locked").mkdir(mode=0)
        with without_root(), pytest.raises(UserError, match="locked cannot be read"):
            discover([folder])


def record(uri: str, root: Path | None) -> SourceRecord:
    return SourceRecord(
        uri, uri, SourceState.INDEXED, str(root) if root else None, "h", None, uri, "v", None, None, None, 0, 0.0, 1, {}
    )


def test_names_that_another_root_has_get_the_folders_name_before_them(tmp_path: Path) -> None:
    first, second = tmp_path / "x" / "notes", tmp_path / "y" / "notes"
    for root in (first, second):
        root.mkdir(parents=True)
    wanted = [(str(second), name) for name in ("a.txt", "b.txt", "notes/a.txt")]

    taken = [record("a.txt", first), record("by-hand", None)]
    assert Uris(taken).assign_files(wanted) == ["y/notes/a.txt", "b.txt", "notes/a.txt"]

    kept = [*taken, record("y/notes/a.txt", second), record("b.txt", second), record("notes/a.txt", second)]
    assert Uris(kept).assign_files(wanted) == ["y/notes/a.txt", "b.txt", "notes/a.txt"]
    assert "a.txt" in relative_names("y/notes/a.txt", str(second))


def test_names_of_a_folder_that_is_gone_are_free(tmp_path: Path) -> None:
    uris = Uris([record("a.txt", tmp_path / "gone"), record("7", tmp_path / "gone.jsonl")])

    assert uris.assign_files([(str(tmp_path), "a.txt")]) == ["a.txt"]
    assert uris.assign_row(str(tmp_path / "new.jsonl"), "new.jsonl", "7") == "7"


def test_rows_of_two_files_with_the_same_ids(tmp_path: Path) -> None:
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    first.touch()
    uris = Uris([record("1", first)])

    assert uris.assign_row(str(second), "b.jsonl", "1") == "b.jsonl#1"
    assert uris.assign_row(str(second), "b.jsonl", "1") is None
    assert uris.assign_row(str(first), "a.jsonl", "1") == "1"
