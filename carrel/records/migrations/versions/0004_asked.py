"""Questions that were asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of questions."""
    op.create_table(
        "asked",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("identity", sa.String(), nullable=False, unique=True),
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("filters", sa.JSON()),
        sa.Column("asked", sa.Float(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("abstained", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("source", sa.Text()),
        sa.Column("confidence", sa.Float()),
        sa.Column("doubt", sa.Float(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("settled", sa.Float()),
        sqlite_autoincrement=True,
    )
    op.create_index("asked_by_time", "asked", ["collection", "asked"])
    op.create_index("asked_by_doubt", "asked", ["collection", "settled", "doubt"])
