"""Who did what, from where a revocation counts, what became of quarantined segments, households that moved."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UUID = sa.Uuid(as_uuid=False)
INSTANT = sa.DateTime(timezone=True)
_QUARANTINE_KEY = ["county_code", "workspace", "replica_id", "first_seq"]


def _column(name: str, kind: Any, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, autoincrement=False)


def upgrade() -> None:
    """Add columns, widen the key of the quarantine, create the table of transfers."""
    op.add_column("audit", sa.Column("who", sa.String(), nullable=False, server_default=""))
    op.add_column("replica", _column("revoked_seq", sa.BigInteger(), nullable=True))
    op.add_column("replica", _column("seen_at", INSTANT, nullable=True))
    op.add_column("quarantine", _column("discarded_at", INSTANT, nullable=True))
    op.drop_constraint("pk_quarantine", "quarantine", type_="primary")
    op.create_primary_key("pk_quarantine", "quarantine", [*_QUARANTINE_KEY, "hash"])
    op.create_table(
        "transfer",
        _column("county_code", sa.String()),
        _column("transfer_id", UUID),
        _column("side", sa.String()),
        _column("workspace", UUID),
        _column("other_county", sa.String()),
        _column("other_workspace", UUID),
        _column("household_id", UUID),
        _column("household_no", sa.String()),
        _column("looked", sa.BigInteger()),
        _column("carried", sa.LargeBinary()),
        _column("noted_at", INSTANT),
        _column("done_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("county_code", "transfer_id", "side", name="pk_transfer"),
        sa.ForeignKeyConstraint(
            ["county_code", "workspace"],
            ["workspace.county_code", "workspace.workspace"],
            name="fk_transfer_county_code_workspace_workspace",
        ),
    )


def downgrade() -> None:
    """Take them away; for tests."""
    op.drop_table("transfer")
    op.drop_constraint("pk_quarantine", "quarantine", type_="primary")
    op.create_primary_key("pk_quarantine", "quarantine", _QUARANTINE_KEY)
    op.drop_column("quarantine", "discarded_at")
    op.drop_column("replica", "seen_at")
    op.drop_column("replica", "revoked_seq")
    op.drop_column("audit", "who")
