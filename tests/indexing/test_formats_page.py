"""docs/formats.md names every format, every limit and its default."""

from __future__ import annotations

from pathlib import Path

import pytest

from carrel.indexing.converters import FORMATS
from carrel.settings import ConversionSettings

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")


def test_every_suffix_is_named() -> None:
    # Those of source code are too many to be listed.
    documents = {suffix for suffix, form in FORMATS.items() if form.module != "plain"}

    assert [suffix for suffix in sorted(documents) if suffix not in PAGE.replace("`", " ").split()] == []


@pytest.mark.parametrize("name", list(ConversionSettings.model_fields))
def test_every_limit_is_named_with_its_default(name: str) -> None:
    default = ConversionSettings.model_fields[name].default

    assert f"| `{name}` | {str(default).lower()} |" in PAGE
