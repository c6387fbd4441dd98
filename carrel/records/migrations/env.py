"""Alembic's environment: the connection, in its transaction, comes from the records."""

from __future__ import annotations

from alembic import context

from carrel.records.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
