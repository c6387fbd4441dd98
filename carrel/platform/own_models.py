"""A collection's own models: where they stand in the home, and how they come into use.

`models/COLLECTION/encoder-1`, `.../reader-1` and so on of the home hold them, each with its receipt, and
`.../confidence` a calibration; the table `[collections.NAME]` of `carrel.toml` names those in use, by paths relative to
the home.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import tomlkit

from carrel.errors import SettingsError
from carrel.indexing.embedding import embed_missing
from carrel.indexing.report import Progress
from carrel.models.locate import RUN
from carrel.models.sentence_encoder import load_encoder
from carrel.platform.platform import Platform
from carrel.platform.receipt import RECEIPT
from carrel.platform.run_identity import IDENTITY, record_identity
from carrel.settings import SETTINGS_FILE

Part = Literal["encoder", "reader", "confidence"]


def own_folder(home: Path, collection: str, part: Part) -> Path:
    """Return where a collection's own model stands, existing or not."""
    return home / "models" / collection / part


def candidate_folder(home: Path, collection: str, part: Part, identity: Mapping[str, object]) -> Path:
    """Return the folder for the collection's next model: a new one, or that of the run which `identity` continues.

    A model with a receipt is finished, perhaps in use, and never written again; a run of anything else makes room.
    """
    number = 1
    while (own_folder(home, collection, part).with_name(f"{part}-{number}") / RECEIPT).is_file():
        number += 1
    folder = own_folder(home, collection, part).with_name(f"{part}-{number}")
    run = folder / RUN
    if (run / IDENTITY).is_file() and json.loads((run / IDENTITY).read_text(encoding="utf-8")) != identity:
        shutil.rmtree(folder)
    run.mkdir(parents=True, exist_ok=True)
    record_identity(run, identity)
    return folder


def use_encoder(desk: Platform, folder: Path, on_progress: Progress) -> None:
    """Make the encoder in `folder` the collection's: its vectors are made beside the old ones, then it is named.

    Killed on the way, the old encoder stays in use, and the next call goes on where this one was.
    """
    embed_missing(
        desk.store,
        load_encoder(folder, threads=desk.settings.models.threads, backend=desk.settings.models.backend),
        on_progress=on_progress,
    )
    name_own(desk.home, desk.collection, "encoder", folder)


def use_reader(desk: Platform, folder: Path) -> None:
    """Make the reader in `folder` the collection's; a calibration of the reader before goes, for it fits no other."""
    name_own(desk.home, desk.collection, "reader", folder)
    name_own(desk.home, desk.collection, "confidence", None)


def name_own(home: Path, collection: str, part: Part, path: Path | None) -> None:
    """Write into `carrel.toml` that the collection uses this model (None: the one of all collections).

    Everything else in the file stays as it is.

    Raises:
        SettingsError: the file is not TOML.
    """
    file = home / SETTINGS_FILE
    try:
        document = tomlkit.parse(file.read_text(encoding="utf-8") if file.is_file() else "")
    except tomlkit.exceptions.ParseError as error:
        raise SettingsError(f"{file} is not TOML: {error}") from error
    tables = document.setdefault("collections", tomlkit.table(is_super_table=True))
    table = tables.setdefault(collection, tomlkit.table())
    if path is None:
        table.pop(part, None)
    else:
        table[part] = str(path.relative_to(home)) if path.is_relative_to(home) else str(path)
    aside = file.with_suffix(".tmp")
    aside.write_text(tomlkit.dumps(document), encoding="utf-8")
    aside.replace(file)
