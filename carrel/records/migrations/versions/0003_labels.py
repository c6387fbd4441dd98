"""Labels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of labels."""
    op.create_table(
        "labels",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("identity", sa.String(), nullable=False, unique=True),
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("question_id", sa.String()),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("start", sa.Integer()),
        sa.Column("end", sa.Integer()),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("labels_by_source", "labels", ["collection", "source", "version"])
