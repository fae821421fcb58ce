"""Decisions about records that mean the same, and fields of section 2 that were still missing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


_NEW_FIELDS: dict[str, list[tuple[str, type]]] = {
    "cadre": [
        ("id_no", sa.String),
        ("birth_date", sa.String),
        ("party_relation_transferred", sa.Boolean),
        ("replaced_by", sa.String),
    ],
    "visit": [("gps", sa.String)],
    "problem": [("reported_time", sa.String)],
    "attendance": [("proof_ids", sa.String), ("entered_by", sa.String)],
    "signature": [("device", sa.String)],
    "attachment": [("watermark", sa.Boolean)],
}


def upgrade() -> None:
    """Add the table and the fields."""
    for table, columns in _NEW_FIELDS.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind(), nullable=True))
    op.create_table(
        "merge",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_hlc", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_hlc", sa.Integer(), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=True)
            for name in ("entity", "kept_id", "merged_id", "decision", "moved", "decided_on", "note")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_merge"),
    )


def downgrade() -> None:
    """Back; decisions and values of the newer fields stay in the log."""
    op.drop_table("merge")
    for table, columns in _NEW_FIELDS.items():
        with op.batch_alter_table(table) as batch:
            for name, _ in columns:
                batch.drop_column(name)
