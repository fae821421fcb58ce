"""Sums over the records of a workspace, kept up to date with them, for comparing with the laptops."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; empty until the workspace is projected from its beginning."""
    op.add_column("projection", sa.Column("digest", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Back."""
    op.drop_column("projection", "digest")
