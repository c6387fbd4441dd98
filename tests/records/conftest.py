"""The records on every database that they can be kept in."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

from carrel.records.database import Records
from carrel.records.queue import JobQueue
from carrel.records.schema import metadata


def _as_postgres() -> dict[str, int]:
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid}


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """The URL of a PostgreSQL server that lives as long as the tests."""
    pytest.importorskip("psycopg", reason="psycopg is not installed (carrel[postgres])")
    control = shutil.which("pg_ctl") or next(map(str, Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")), None)
    if control is None:
        pytest.skip("PostgreSQL is not installed")
    who = _as_postgres()
    folder = Path(f"/tmp/carrel-postgres-{os.getpid()}")  # sockets want a short path, and another user must get there
    folder.mkdir(mode=0o700)
    if who:
        os.chown(folder, who["user"], who["group"])
    data = folder / "data"
    options = f"-c listen_addresses='' -c fsync=off -k {folder}"
    quiet = {"stdout": subprocess.DEVNULL, "cwd": folder, **who}
    try:
        subprocess.run([control, "initdb", "-D", data, "-o", "-U carrel -A trust --no-sync"], check=True, **quiet)
        subprocess.run([control, "start", "-w", "-D", data, "-l", folder / "log", "-o", options], check=True, **quiet)
        try:
            yield f"postgresql://carrel@/postgres?host={folder}"
        finally:
            subprocess.run([control, "stop", "-m", "immediate", "-D", data], check=True, **quiet)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def records(request, tmp_path):
    """A new and empty database of records."""
    if request.param == "sqlite":
        opened = Records.at(tmp_path / "home")
    else:
        opened = Records(request.getfixturevalue("postgres"))
        with opened.writing() as connection:
            for table in metadata.tables.values():
                connection.execute(table.delete())
    yield opened
    opened.close()


@pytest.fixture
def queue(records):
    return JobQueue(records)
