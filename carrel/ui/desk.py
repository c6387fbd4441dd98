"""What the pages of this process share: one platform for a collection, one database of records, models loaded once."""

from __future__ import annotations

import logging
import threading

from carrel.errors import CarrelError
from carrel.platform import Platform
from carrel.platform.home import collections
from carrel.records.asked import Asked
from carrel.records.database import Records
from carrel.records.labels import Labels
from carrel.records.queue import JobQueue
from carrel.records.runs import Runs
from carrel.settings import Settings
from carrel.ui.place import Served, served

_opening = threading.Lock()
_desks: dict[str, Platform] = {}
_records: list[Records] = []
_log = logging.getLogger(__name__)


def desk_of(collection: str) -> Platform:
    """Return the platform of a collection, which may not exist yet."""
    with _opening:
        if collection not in _desks:
            _desks[collection] = Platform(served().home, collection=collection)
        return _desks[collection]


def known_collections() -> list[str]:
    """Return the collections of the home and the one that the server was started with, sorted."""
    return sorted({*collections(served().home), served().collection})


def exists(collection: str) -> bool:
    """Tell whether anything was indexed under this name."""
    return collection in collections(served().home)


def queue() -> JobQueue:
    """Return the queue of the home."""
    return JobQueue(_opened_records())


def runs() -> Runs:
    """Return the runs of evaluations of the home."""
    return Runs(_opened_records())


def labels(collection: str) -> Labels:
    """Return the labels of a collection."""
    return Labels(_opened_records(), collection)


def asked(collection: str) -> Asked:
    """Return the questions that were asked of a collection."""
    return Asked(_opened_records(), collection)


def warm_up(place: Served) -> None:
    """Load the models before the first question comes; what is wrong with them is said when they are needed."""
    try:
        desk = desk_of(place.collection)
        _ = desk.encoder.fingerprint
        if exists(place.collection):
            _ = desk.reader
            desk.store.build_indexes()
    except CarrelError as error:
        _log.warning("the models could not be loaded ahead: %s", error)


def close_desks() -> None:
    """Close what was opened, at the end of the server."""
    with _opening:
        for desk in _desks.values():
            desk.close()
        for records in _records:
            records.close()
        _desks.clear()
        _records.clear()


def _opened_records() -> Records:
    with _opening:
        if not _records:
            home = served().home
            _records.append(Records.at(home, Settings.load(home).records.url))
        return _records[0]
