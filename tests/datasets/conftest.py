import gzip
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(params=["plain", "gzip"])
def put(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a file below `tmp_path`, plain or as `.gz`, and return the path without `.gz`."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if request.param == "gzip":
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(text.encode()))
        else:
            path.write_text(text, encoding="utf-8", newline="")
        return path

    return write
