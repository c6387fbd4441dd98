"""A collection's own models: where they stand in the home, and how they come into use.

`models/COLLECTION/encoder`, `.../reader` and `.../confidence` of the home hold them; the table `[collections.NAME]` of
`carrel.toml` names those in use, by paths relative to the home.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import tomlkit

from carrel.errors import SettingsError
from carrel.indexing.embedding import embed_missing
from carrel.indexing.report import Progress
from carrel.models.sentence_encoder import load_encoder
from carrel.platform.platform import Platform
from carrel.settings import SETTINGS_FILE

Part = Literal["encoder", "reader", "confidence"]


def own_folder(home: Path, collection: str, part: Part) -> Path:
    """Return where a collection's own model stands, existing or not."""
    return home / "models" / collection / part


def use_encoder(desk: Platform, folder: Path, on_progress: Progress) -> None:
    """Make the encoder in `folder` the collection's: its vectors are made beside the old ones, then it is named.

    Killed on the way, the old encoder stays in use, and the next call goes on where this one was.
    """
    embed_missing(desk.store, load_encoder(folder, threads=desk.settings.models.threads), on_progress=on_progress)
    name_own(desk.home, desk.collection, "encoder", folder)


def name_own(home: Path, collection: str, part: Part, path: Path) -> None:
    """Write into `carrel.toml` that the collection uses this model; everything else in the file stays as it is.

    Raises:
        SettingsError: the file is not TOML.
    """
    file = home / SETTINGS_FILE
    try:
        document = tomlkit.parse(file.read_text(encoding="utf-8") if file.is_file() else "")
    except tomlkit.exceptions.ParseError as error:
        raise SettingsError(f"{file} is not TOML: {error}") from error
    tables = document.setdefault("collections", tomlkit.table(is_super_table=True))
    named = str(path.relative_to(home)) if path.is_relative_to(home) else str(path)
    tables.setdefault(collection, tomlkit.table())[part] = named
    aside = file.with_suffix(".tmp")
    aside.write_text(tomlkit.dumps(document), encoding="utf-8")
    aside.replace(file)
