"""Opening dataset files, plain or gzipped, with errors a user can act on."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import IO, cast

from carrel.errors import DataFormatError


def open_text(path: Path) -> IO[str]:
    """Open `path`, or `path` with `.gz` added, as UTF-8 text (a byte order mark is dropped).

    Raises:
        DataFormatError: neither file exists.
    """
    found = next((p for p in (path, path.with_name(path.name + ".gz")) if p.is_file()), None)
    if found is None:
        raise DataFormatError(f"No such dataset file: {path} (looked for {path.name}.gz too)")
    if found.suffix == ".gz":
        return cast("IO[str]", gzip.open(found, "rt", encoding="utf-8-sig"))
    return found.open(encoding="utf-8-sig")
