"""Data check-up: findings and the households to look at again (local), explanations (synced)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; every household is looked at once."""
    op.add_column("income_line", sa.Column("household_id", sa.String(), nullable=True))
    op.create_index("ix_income_line_household_id", "income_line", ["household_id"])
    op.create_table(
        "explanation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_hlc", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_hlc", sa.Integer(), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("household_id", sa.String(), nullable=True),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("record_id", sa.String(), nullable=True),
        sa.Column("field", sa.String(), nullable=True),
        sa.Column("facts", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("explained_on", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_explanation"),
    )
    op.create_index("ix_explanation_household_id", "explanation", ["household_id"])
    op.create_table(
        "finding",
        sa.Column("household_id", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("mend", sa.String(), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "rule", "record_id", "field", name="pk_finding"),
    )
    op.create_index("ix_finding_rule", "finding", ["rule"])
    op.create_table(
        "stale_household",
        sa.Column("household_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("household_id", name="pk_stale_household"),
    )
    op.create_table(
        "last_checkup",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("checked_on", sa.String(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("finished_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_last_checkup"),
    )


def downgrade() -> None:
    """Back; explanations stay in the log."""
    for table in ("last_checkup", "stale_household", "finding", "explanation"):
        op.drop_table(table)
    op.drop_index("ix_income_line_household_id", "income_line")
    with op.batch_alter_table("income_line") as batch:
        batch.drop_column("household_id")
