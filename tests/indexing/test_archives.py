"""Archives: the files in them are sources, within bounds, and an archive that did not change is not opened."""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from carrel.indexing.archives import read_archive
from carrel.settings import ConversionSettings
from carrel.stores.embedded.store import EmbeddedStore
from carrel.types import SourceState
from tests.indexing.conftest import Index
from tests.indexing.documents import make_zip

NOTES = {"notes/kettle.txt": b"The kettle whistles at noon.", "garden.md": b"# Garden\n\nRoses need water."}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to be indexed."""
    root = tmp_path / "folder"
    root.mkdir()
    return root


def make_tar(files: Mapping[str, bytes], mode: str) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return target.getvalue()


def found(store: EmbeddedStore, query: str) -> list[str]:
    return [document.meta["carrel"]["source"] for document in store.bm25_search(query)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("box.zip", make_zip(NOTES)),
        ("box.tar", make_tar(NOTES, "w")),
        ("box.tar.gz", make_tar(NOTES, "w:gz")),
        ("box.tgz", make_tar(NOTES, "w:gz")),
        ("box.tar.bz2", make_tar(NOTES, "w:bz2")),
        ("box.tar.xz", make_tar(NOTES, "w:xz")),
    ],
)
def test_the_files_in_an_archive_are_sources(
    store: EmbeddedStore, index: Index, folder: Path, name: str, data: bytes
) -> None:
    (folder / name).write_bytes(data)

    report = index(folder / name)

    assert (report.indexed, report.failed) == (2, ())
    assert found(store, "roses") == [f"{name}!/garden.md"]
    assert store.source(f"{name}!/notes/kettle.txt").media_type == "text/plain"
    assert store.source(name).state is SourceState.INDEXED


def test_one_compressed_file_and_archives_in_archives(store: EmbeddedStore, index: Index, folder: Path) -> None:
    inner = make_zip({"deep.tar.gz": make_tar(NOTES, "w:gz")})
    outer = {
        "inner.zip": inner,
        "one.txt.gz": gzip.compress(b"A gnome in the garden."),
        "pic.psd": b"x",
        ".git/a.txt": b"x",
    }
    (folder / "outer.zip").write_bytes(make_zip(outer))

    report = index(folder / "outer.zip")

    assert found(store, "gnome") == ["outer.zip!/one.txt.gz!/one.txt"]
    assert found(store, "kettle") == ["outer.zip!/inner.zip!/deep.tar.gz!/notes/kettle.txt"]
    assert report.skipped == {".psd": 1}


def test_rows_in_an_archive_are_sources(store: EmbeddedStore, index: Index, folder: Path) -> None:
    rows = "\n".join(json.dumps({"_id": f"q{n}", "text": f"Passage number {n}"}) for n in range(3)).encode()
    (folder / "rows.zip").write_bytes(make_zip({"a.jsonl": rows, "b.jsonl": rows}))

    report = index(folder)

    assert (report.indexed, report.failed) == (6, ())
    assert store.version_text("rows.zip!/b.jsonl#q2").text == "Passage number 2"


def test_an_unchanged_archive_is_skipped_and_a_changed_one_compared(
    store: EmbeddedStore, index: Index, folder: Path
) -> None:
    path = folder / "box.zip"
    path.write_bytes(make_zip(NOTES))
    index(folder)
    again = index(folder)
    assert (again.sources, again.unchanged, again.indexed, again.deleted) == (2, 2, 0, 0)

    path.write_bytes(make_zip({"garden.md": NOTES["garden.md"], "new.txt": b"A new gnome."}))
    changed = index(folder)
    assert (changed.unchanged, changed.indexed, changed.deleted) == (1, 1, 1)
    assert found(store, "kettle") == []

    path.unlink()
    gone = index(folder)
    assert (gone.sources, gone.deleted, list(store.sources())) == (0, 2, [])


def test_a_bad_file_in_an_archive_fails_alone_and_is_tried_again(
    store: EmbeddedStore, index: Index, folder: Path
) -> None:
    (folder / "box.zip").write_bytes(make_zip({**NOTES, "bad.pdf": b"%PDF-1.7 nothing"}))

    for _ in range(2):
        report = index(folder)
        assert [(failure.source, failure.error) for failure in report.failed] == [("box.zip!/bad.pdf", "damaged file")]
        assert report.indexed + report.unchanged == 2


def limits(**changed: int) -> ConversionSettings:
    return ConversionSettings(**changed)  # type: ignore[arg-type]


def bomb() -> bytes:
    """130 MB of zeros in a few hundred kilobytes."""
    return make_zip({"a.txt": bytes(65 << 20), "b.txt": bytes(65 << 20)})


def deep() -> bytes:
    data = make_zip(NOTES)
    for _ in range(3):
        data = make_zip({"in.zip": data})
    return data


@pytest.mark.parametrize(
    ("data", "changed", "source", "error"),
    [
        (make_zip({f"{n}.txt": b"text" for n in range(5)}), {"archive_members": 3}, "box.zip", "archive too large"),
        (make_zip({"a.psd": bytes(3 << 20)}), {"archive_mb": 1}, None, ""),
        (make_zip({"a.txt": b"x" * (3 << 20)}), {"archive_mb": 1}, "box.zip", "archive too large"),
        (make_zip({"a.txt": b"x" * (3 << 20)}), {"file_mb": 1}, "box.zip!/a.txt", "file too large"),
        (bomb(), {}, "box.zip", "archive too large"),
        (gzip.compress(make_tar({"a.psd": bytes(130 << 20)}, "w")), {}, "box.zip", "archive too large"),
        (deep(), {}, "box.zip!/in.zip!/in.zip!/in.zip", "nested too deeply"),
        (b"PK\x03\x04 nothing", {}, "box.zip", "damaged file"),
        (b"", {}, "box.zip", "no text"),
    ],
)
def test_bounds(
    index: Index, folder: Path, data: bytes, changed: Mapping[str, int], source: str | None, error: str
) -> None:
    name = "box.tar.gz" if data.startswith(b"\x1f\x8b") else "box.zip"
    (folder / name).write_bytes(data)

    report = index(folder / name, conversion=limits(**changed))

    expected = [(source.replace("box.zip", name, 1), error)] if source else []
    assert [(failure.source, failure.error) for failure in report.failed] == expected


def test_what_came_before_a_bound_or_a_damage_stays(store: EmbeddedStore, index: Index, folder: Path) -> None:
    noise = random.Random(0).randbytes(20_000).hex().encode()
    data = make_tar({f"{n}.txt": noise for n in range(5)}, "w:gz")
    (folder / "cut.tar.gz").write_bytes(data[:-30_000])
    (folder / "many.tar.gz").write_bytes(data)

    report = index(folder, conversion=limits(archive_members=4))

    assert {failure.source: failure.error for failure in report.failed} == {
        "cut.tar.gz": "damaged file",
        "many.tar.gz": "archive too large",
    }
    assert [record.uri for record in store.sources(state=SourceState.INDEXED)] == [
        *(f"cut.tar.gz!/{n}.txt" for n in range(3)),
        *(f"many.tar.gz!/{n}.txt" for n in range(4)),
    ]


def test_members_of_an_encrypted_archive_fail() -> None:
    data = bytearray(make_zip({"a.txt": b"text"}))
    central = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[central + 8] |= 1

    (member,) = read_archive(io.BytesIO(bytes(data)), "a.zip", limits())

    assert member.error is not None
    assert member.error.error == "password protected"
    assert zipfile.is_zipfile(io.BytesIO(bytes(data)))
