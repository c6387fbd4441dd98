"""Alembic's environment: the connection comes from the store, which holds the transaction."""

from __future__ import annotations

from alembic import context

from carrel.stores.embedded.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
