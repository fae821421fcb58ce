"""Quarantined segments of revoked laptops, findings about single changes, accounts of offices."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UUID = sa.Uuid(as_uuid=False)
INSTANT = sa.DateTime(timezone=True)


def _column(name: str, kind: Any, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, autoincrement=False)


def _in_workspace(name: str, key: list[str], *columns: Any) -> None:
    op.create_table(
        name,
        _column("county_code", sa.String()),
        _column("workspace", UUID),
        _column("replica_id", UUID),
        *columns,
        sa.PrimaryKeyConstraint("county_code", "workspace", "replica_id", *key, name=f"pk_{name}"),
        sa.ForeignKeyConstraint(
            ["county_code", "workspace"],
            ["workspace.county_code", "workspace.workspace"],
            name=f"fk_{name}_county_code_workspace_workspace",
        ),
    )


def upgrade() -> None:
    """Create the three tables."""
    _in_workspace(
        "quarantine",
        ["first_seq"],
        _column("first_seq", sa.BigInteger()),
        _column("last_seq", sa.BigInteger()),
        *(_column(name, sa.LargeBinary()) for name in ("hash", "header", "body", "signature")),
        _column("received_at", INSTANT),
        _column("released_at", INSTANT, nullable=True),
    )
    _in_workspace(
        "finding",
        ["seq", "kind"],
        _column("seq", sa.BigInteger()),
        *(_column(name, sa.String()) for name in ("kind", "entity", "record_id", "message")),
        _column("noted_at", INSTANT),
    )
    op.create_table(
        "account",
        *(
            _column(name, sa.String())
            for name in ("county_code", "name", "role", "division_code", "password_hash")
        ),
        _column("created_at", INSTANT),
        _column("closed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("county_code", "name", name="pk_account"),
    )


def downgrade() -> None:
    """Drop them; for tests."""
    for name in ("account", "finding", "quarantine"):
        op.drop_table(name)
