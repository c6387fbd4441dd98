"""Begin: every table of a collection."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "collection",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("purges", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "encoders",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("fingerprint"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "fields",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("host", sa.String(), nullable=True),
        sa.Column("pid_space", sa.String(), nullable=True),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("since", sa.Float(), nullable=True),
        sa.Column("expires", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "revisions",
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("written", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("revision"),
    )
    op.create_table(
        "sources",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("uri", sa.String(), nullable=False),
        sa.Column("root", sa.String(), nullable=True),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("modified", sa.Float(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Float(), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("meta", sa.Text(), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("uri"),
    )
    op.create_index("sources_by_root", "sources", ["root", "uri"], unique=False)
    op.create_index("sources_by_state", "sources", ["state", "uri"], unique=False)
    op.create_table(
        "texts",
        sa.Column("text", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("text", "ordinal"),
    )
    op.create_table(
        "vectors",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("encoder", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["encoder"],
            ["encoders.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("vectors_by_hash", "vectors", ["encoder", "hash"], unique=True)
    op.create_table(
        "versions",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("text", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("page_starts", sa.Text(), nullable=False),
        sa.Column("headings", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("versions_by_source", "versions", ["source", "hash"], unique=False)
    op.create_index("versions_by_text", "versions", ["text"], unique=False)
    op.create_table(
        "passages",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("headings", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(), nullable=False),
        sa.Column("own_meta", sa.Text(), nullable=True),
        sa.Column("written", sa.Integer(), server_default="0", nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source"],
            ["sources.key"],
        ),
        sa.ForeignKeyConstraint(
            ["version"],
            ["versions.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
        sqlite_autoincrement=True,
    )
    op.create_index("passages_by_added", "passages", ["added"], unique=False)
    op.create_index("passages_by_id", "passages", ["id"], unique=True, sqlite_where=sa.text("removed IS NULL"))
    op.create_index(
        "passages_by_removed", "passages", ["removed"], unique=False, sqlite_where=sa.text("removed IS NOT NULL")
    )
    op.create_index("passages_by_source", "passages", ["source"], unique=False)
    op.create_index("passages_by_text", "passages", ["text_hash"], unique=False)
    op.create_index("passages_by_version", "passages", ["version"], unique=False)
    op.create_table(
        "documents",
        sa.Column("passage", sa.Integer(), nullable=False),
        sa.Column("without_content", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("embedding", sa.LargeBinary(), nullable=True),
        sa.Column("embedding_type", sa.String(), nullable=True),
        sa.Column("sparse_embedding", sa.Text(), nullable=True),
        sa.Column("blob", sa.LargeBinary(), nullable=True),
        sa.Column("blob_info", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["passage"], ["passages.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("passage"),
    )
    op.create_table(
        "embedded",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("encoder", sa.Integer(), nullable=False),
        sa.Column("passage", sa.Integer(), nullable=False),
        sa.Column("vector", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["encoder"],
            ["encoders.key"],
        ),
        sa.ForeignKeyConstraint(["passage"], ["passages.key"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["vector"],
            ["vectors.key"],
        ),
        sa.PrimaryKeyConstraint("sequence"),
        sqlite_autoincrement=True,
    )
    op.create_index("embedded_by_encoder", "embedded", ["encoder", "sequence"], unique=False)
    op.create_index("embedded_by_passage", "embedded", ["passage", "encoder"], unique=True)
    op.create_index("embedded_by_vector", "embedded", ["vector"], unique=False)
    op.create_table(
        "field_values",
        sa.Column("passage", sa.Integer(), nullable=False),
        sa.Column("field", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.BLOB(), nullable=False),
        sa.Column("wall", sa.Integer(), nullable=True),
        sa.Column("utc", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["field"],
            ["fields.key"],
        ),
        sa.ForeignKeyConstraint(["passage"], ["passages.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("passage", "field"),
        sqlite_with_rowid=False,
    )
    op.create_index("field_values_by_value", "field_values", ["field", "value"], unique=False)
    op.create_index(
        "field_values_by_wall",
        "field_values",
        ["field", "wall"],
        unique=False,
        sqlite_where=sa.text("wall IS NOT NULL"),
    )
