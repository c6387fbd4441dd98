"""Sources know what their passages were made with, and at which revision they were written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was made before is made anew by the next job, since nobody knows with what it was made."""
    op.add_column("sources", sa.Column("made_with", sa.String(), nullable=True))
    op.add_column("sources", sa.Column("written", sa.Integer(), nullable=True))
