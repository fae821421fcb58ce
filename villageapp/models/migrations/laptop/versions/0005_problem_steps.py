"""The steps of problem items as records of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the finding of the house visit."""
    op.add_column("problem", sa.Column("founded", sa.Boolean(), nullable=True))
    op.create_table(
        "problem_step",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_hlc", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_hlc", sa.Integer(), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=True)
            for name in (
                "problem_id",
                "household_id",
                "action",
                "on",
                "text",
                "level",
                "by",
                "due",
                "proof_ids",
            )
        ),
        sa.PrimaryKeyConstraint("id", name="pk_problem_step"),
    )
    op.create_index("ix_problem_step_household_id", "problem_step", ["household_id"])
    op.create_index("ix_problem_step_problem_id", "problem_step", ["problem_id"])


def downgrade() -> None:
    """Back; the steps stay in the log."""
    op.drop_table("problem_step")
    with op.batch_alter_table("problem") as batch:
        batch.drop_column("founded")
