"""Bringing a database's tables to the newest migration, in the caller's transaction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from carrel.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection


def migration_of(connection: Connection) -> str | None:
    """Return the migration that a database stands at; None for an empty one."""
    from sqlalchemy import inspect, text

    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def upgrade(connection: Connection, scripts: Path) -> None:
    """Run the migrations in the folder `scripts` that the database has not seen.

    Raises:
        StoreError: the database stands at a migration that is not there.
    """
    # Alembic takes a while to import, and most openings need nothing of it.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(f"the database was written by another version of Carrel: {error}") from error
