"""Runs of evaluations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of runs, of their questions, and of what collections held."""
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("collection", sa.String()),
        sa.Column("content", sa.String()),
        sa.Column("revision", sa.Integer()),
        sa.Column("passages", sa.Integer()),
        sa.Column("vectors", sa.JSON()),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("further", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("question_count", sa.Integer(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "run_questions",
        sa.Column("run", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("place", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("measured", sa.JSON(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
    )
    op.create_table(
        "run_collections",
        sa.Column("content", sa.String(), primary_key=True),
        sa.Column("sources", sa.LargeBinary(), nullable=False),
    )
