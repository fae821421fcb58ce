"""What the national system's wide export and monthly employment lists say and no field held yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NEW_FIELDS: dict[str, list[tuple[str, type]]] = {
    "household": [("old_attribute", sa.String), ("water_difficulty", sa.Boolean)],
    "member": [("work_planned", sa.Boolean), ("work_demand", sa.String)],
}


def upgrade() -> None:
    """Add the fields; what is there stays as it is."""
    for table, columns in _NEW_FIELDS.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind(), nullable=True))


def downgrade() -> None:
    """Back; values of the newer fields stay in the log."""
    for table, columns in _NEW_FIELDS.items():
        with op.batch_alter_table(table) as batch:
            for name, _ in columns:
                batch.drop_column(name)
