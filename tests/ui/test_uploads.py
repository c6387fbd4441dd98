"""Uploaded files: names that cannot leave the folder, kinds that can be read, and files that go with their sources."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.errors import UserError
from carrel.platform import Platform
from carrel.ui.uploads import forget_uploads, keep_upload, safe_name


@given(st.text(max_size=300))
def test_a_name_is_one_visible_part_of_a_path(name: str) -> None:
    try:
        clean = safe_name(name)
    except UserError:
        return
    assert Path(clean).name == clean
    assert not clean.startswith((".", "~$"))
    assert clean.isprintable() or " " in clean or "\u3000" in clean or not clean.isascii()
    assert len(clean.encode()) <= 255


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\notes.txt", "notes.txt"),
        (".hidden.txt", "hidden.txt"),
        ("<img src=x>.txt", "<img src=x>.txt"),
        ("line\nbreak\x00.txt", "linebreak\ufffd.txt"),
        ("é" * 300 + ".txt", "é" * 88 + ".txt"),
    ],
)
def test_what_becomes_of_names(name: str, kept: str) -> None:
    assert safe_name(name) == kept


def test_files_are_kept_and_go_with_their_sources(tmp_path: Path) -> None:
    folder = tmp_path / "uploads"
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.txt").write_text("Not uploaded.", encoding="utf-8")
    keep_upload(folder, "a.txt", b"Uploaded.")
    with Platform(tmp_path / "home") as desk:
        desk.index([folder, other], embed=False)
        forget_uploads(folder, list(desk.store.sources()))
    assert not (folder / "a.txt").exists()
    assert (other / "b.txt").exists()


@pytest.mark.parametrize(("name", "data"), [("a.exe", b"MZ"), ("a.txt", b""), ("", b"x")])
def test_what_is_refused_leaves_nothing_behind(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(UserError):
        keep_upload(tmp_path / "uploads", name, data)
    assert not (tmp_path / "uploads").exists()
