"""Everything that sync needs beyond the log: files, quarantine, channels, and who holds what of ours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; what is known of the server stays as it was."""
    op.add_column("replica", sa.Column("former", sa.String(), nullable=False, server_default="[]"))
    op.add_column("peer", sa.Column("kind", sa.String(), nullable=False, server_default="server"))
    op.add_column("peer", sa.Column("name", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("preview_of", sa.String(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("here", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("upload_url", sa.String(), nullable=False),
        sa.Column("receipt_at", sa.String(), nullable=False),
        sa.Column("receipt_epoch", sa.String(), nullable=False),
        sa.Column("added_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_blob"),
    )
    op.create_index("ix_blob_preview_of", "blob", ["preview_of"])
    op.create_index("ix_blob_receipt_at_size", "blob", ["receipt_at", "size"])
    op.create_table(
        "quarantine",
        sa.Column("replica_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("noted_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("replica_id", "seq", name="pk_quarantine"),
    )
    op.create_table(
        "channel_item",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.String(), nullable=False),
        sa.Column("read_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "number", name="pk_channel_item"),
    )


def downgrade() -> None:
    """Back; files stay where they lie."""
    for name in ("channel_item", "quarantine", "blob"):
        op.drop_table(name)
    with op.batch_alter_table("peer") as batch:
        batch.drop_column("name")
        batch.drop_column("kind")
    with op.batch_alter_table("replica") as batch:
        batch.drop_column("former")
