"""The right to write to a collection, held by one job at a time, with a fencing token that grows with every holder."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import OperationalError

from carrel.errors import LeaseError, StoreError
from carrel.owners import Owner
from carrel.stores.contract import Lease
from carrel.stores.embedded.database import Database
from carrel.stores.embedded.schema import leases

WRITE = "write"
_POLL_SECONDS = 0.05


class Leases:
    """The lease rows of one collection; a lease of a dead process on this machine is free at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def hold(self, holder: str, *, seconds: float, wait: float) -> Iterator[Lease]:
        """Hold the write lease for the block, renewing it in the background.

        Raises:
            LeaseError: another holder kept it for `wait` seconds.
        """
        lease = self._acquire(holder, seconds, wait)
        left = threading.Event()
        renewal = threading.Thread(
            target=self._renew, args=(lease, seconds, left), name=f"lease {lease.token}", daemon=True
        )
        renewal.start()
        try:
            yield lease
        finally:
            left.set()
            renewal.join()
            self._release(lease)

    def wait_until_free(self, seconds: float) -> None:
        """Wait until no job holds the collection.

        Raises:
            LeaseError: a job kept it for all that time.
        """
        deadline = time.monotonic() + seconds
        while True:
            with self._database.reading() as connection:
                row = _row(connection)
            if not _is_held(row):
                return
            if time.monotonic() >= deadline:
                raise LeaseError(_refusal(row))
            time.sleep(_POLL_SECONDS)

    def check(self, connection: Connection, lease: Lease | None) -> None:
        """Refuse a write under this lease (None: a write that needs no more than this transaction).

        Raises:
            LeaseError: the lease is not the newest, or somebody else holds the collection.
        """
        row = _row(connection)
        if lease is None:
            if _is_held(row):
                raise LeaseError(_refusal(row))
        elif row is None or row.token != lease.token:
            raise LeaseError(
                f"the lease {lease.token} of {lease.holder} has ended: {_owner(row)} writes to this collection now; "
                "start the job again"
            )

    def _acquire(self, holder: str, seconds: float, wait: float) -> Lease:
        deadline = time.monotonic() + wait
        while True:
            with self._database.writing() as connection:
                row = _row(connection)
                if not _is_held(row):
                    return _take(connection, row, holder, seconds)
            if time.monotonic() >= deadline:
                raise LeaseError(_refusal(row))
            time.sleep(_POLL_SECONDS)

    def _renew(self, lease: Lease, seconds: float, left: threading.Event) -> None:
        while not left.wait(seconds / 3):
            # a database that is busy or full now is asked again before the lease runs out; a lost lease shows at the
            # next write
            with suppress(OperationalError, StoreError), self._database.writing() as connection:
                connection.execute(_mine(lease).values(expires=time.time() + seconds))

    def _release(self, lease: Lease) -> None:
        with self._database.writing() as connection:
            connection.execute(_mine(lease).values(holder=None, expires=None))

    def is_held(self) -> bool:
        """Say whether some job holds the collection now."""
        with self._database.reading() as connection:
            return _is_held(_row(connection))


def _row(connection: Connection) -> Any:
    return connection.execute(select(leases).where(leases.c.name == WRITE)).one_or_none()


def _mine(lease: Lease) -> Any:
    return update(leases).where(leases.c.name == WRITE, leases.c.token == lease.token)


def _take(connection: Connection, row: Any, holder: str, seconds: float) -> Lease:
    now = time.time()
    token = 1 if row is None else int(row.token) + 1
    values = {
        "token": token,
        "holder": holder,
        **asdict(Owner.of_this_process()),
        "since": now,
        "expires": now + seconds,
    }
    if row is None:
        connection.execute(insert(leases).values(name=WRITE, **values))
    else:
        connection.execute(update(leases).where(leases.c.name == WRITE).values(**values))
    return Lease(holder=holder, token=token)


def _is_held(row: Any) -> bool:
    return row is not None and row.holder is not None and row.expires > time.time() and not _process(row).is_dead


def _process(row: Any) -> Owner:
    return Owner(row.host, row.pid_space, row.pid)


def _refusal(row: Any) -> str:
    since = datetime.fromtimestamp(row.since).astimezone().isoformat(timespec="seconds")
    return f"{_owner(row)} has been writing to this collection since {since}; wait for it or stop it"


def _owner(row: Any) -> str:
    return "nobody" if row is None or row.holder is None else f"{row.holder} ({_process(row)})"
