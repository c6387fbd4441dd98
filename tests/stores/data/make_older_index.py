"""Write the collection that `test_older_index.py` opens, with whatever Carrel is imported, into a ZIP file.

Each file in this folder was made by the code of its day, and is kept as it is:

    schema-0001.zip     PYTHONPATH=. python tests/stores/data/make_older_index.py tests/stores/data/schema-0001.zip
"""

import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from carrel import Platform
from carrel._haystack import Document
from carrel.stores.embedded import vector_files

WARSAW = "Warsaw is the capital of Poland. It stands on the Vistula river, about 260 kilometres from the Baltic Sea.\n"
TEA = "# Tea\n\nTea is made of the leaves of Camellia sinensis. The plant was first grown in Yunnan.\n"
ROWS = "\n".join(f'{{"id": "row-{n}", "text": "Bridge number {n} crosses the Vistula.", "n": {n}}}' for n in range(12))


def fill(home: Path, folder: Path) -> None:
    """Index, change, delete and fail, so that the collection has everything that one in use has."""
    (folder / "warsaw.txt").write_text("Warsaw stood here before.", encoding="utf-8")
    (folder / "tea.md").write_text(TEA, encoding="utf-8")
    (folder / "passing.txt").write_text("A note that passes.", encoding="utf-8")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 and nothing more")
    (folder / "bridges.jsonl").write_text(ROWS, encoding="utf-8")
    with Platform(home) as desk:
        desk.index([folder, folder / "bridges.jsonl"])
        desk.store.keep_version("warsaw.txt", desk.store.version_text("warsaw.txt").hash)
        (folder / "warsaw.txt").write_text(WARSAW, encoding="utf-8")
        (folder / "passing.txt").unlink()
        desk.index([folder])
        vector = np.eye(4, dtype=np.float32)[1].tolist()
        desk.store.write_documents([Document(id="own", content="A document of a caller.", embedding=vector)])
        [first] = desk.store.filter_documents({"field": "source", "operator": "==", "value": "row-0"})
        desk.store.set_metadata([first.id], {"colour": "red"})


def pack(folder: Path, file: Path) -> None:
    """Put a folder into a ZIP file, the times of its files included, in the order of the names."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))


if __name__ == "__main__":
    vector_files.FOLD_AT = 4  # so that the small collection has segments on disk
    with TemporaryDirectory() as home, TemporaryDirectory() as documents:
        fill(Path(home), Path(documents))
        pack(Path(home) / "collections" / "default", Path(sys.argv[1]))
