"""First schema: workspaces, enrolment, the log of every laptop, and the records projected from it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PARTITIONS = 16
UUID = sa.Uuid(as_uuid=False)
INSTANT = sa.DateTime(timezone=True)


def _column(name: str, kind: Any, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, autoincrement=False)


def _by_county(name: str, key: list[str], *columns: Any, linked: bool = True, partitioned: bool = False) -> None:
    """A table whose primary key is county_code and then ``key``; ``linked`` to its workspace."""
    constraints: list[Any] = [sa.PrimaryKeyConstraint("county_code", *key, name=f"pk_{name}")]
    if linked:
        constraints.append(
            sa.ForeignKeyConstraint(
                ["county_code", "workspace"],
                ["workspace.county_code", "workspace.workspace"],
                name=f"fk_{name}_county_code_workspace_workspace",
            )
        )
    by = {"postgresql_partition_by": "HASH (county_code)"} if partitioned else {}
    op.create_table(name, _column("county_code", sa.String()), *columns, *constraints, **by)
    for part in range(PARTITIONS if partitioned else 0):
        op.execute(
            f"CREATE TABLE {name}_{part:02} PARTITION OF {name} "
            f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part})"
        )


def upgrade() -> None:
    """Create everything."""
    _places_and_people()
    _log()
    _records()


def _places_and_people() -> None:
    op.create_table(
        "server_state",
        _column("id", sa.SmallInteger()),
        _column("province_key", sa.LargeBinary()),
        _column("epoch", sa.String()),
        _column("created_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_server_state"),
    )
    _by_county(
        "workspace",
        ["workspace"],
        _column("workspace", UUID),
        _column("village_code", sa.String()),
        _column("kind", sa.String()),
        _column("last_arrived", sa.BigInteger()),
        _column("created_at", INSTANT),
        linked=False,
    )
    op.create_index(
        "uq_workspace_county_code_village_code", "workspace", ["county_code", "village_code"], unique=True
    )
    _by_county(
        "enrol_code",
        ["code_id"],
        _column("code_id", sa.String()),
        _column("workspace", UUID),
        _column("code_hash", sa.LargeBinary()),
        _column("user_name", sa.String()),
        _column("role", sa.String()),
        _column("tries", sa.SmallInteger()),
        _column("created_at", INSTANT),
        _column("expires_at", INSTANT),
        _column("used_at", INSTANT, nullable=True),
        _column("used_by", UUID, nullable=True),
    )
    _by_county(
        "replica",
        ["workspace", "replica_id"],
        _column("workspace", UUID),
        _column("replica_id", UUID),
        _column("token_hash", sa.LargeBinary()),
        _column("code_id", sa.String()),
        _column("app", sa.String()),
        _column("schema", sa.Integer()),
        _column("enrolled_at", INSTANT),
        _column("revoked_at", INSTANT, nullable=True),
    )
    _by_county(
        "certificate",
        ["workspace", "replica_id"],
        _column("workspace", UUID),
        _column("replica_id", UUID),
        _column("body", sa.LargeBinary()),
        _column("signature", sa.LargeBinary()),
        _column("issued_at", INSTANT),
    )
    _by_county(
        "audit",
        ["id"],
        _column("id", UUID),
        _column("at", INSTANT),
        _column("action", sa.String()),
        _column("workspace", UUID, nullable=True),
        _column("subject", sa.String()),
        linked=False,
    )


def _log() -> None:
    _by_county(
        "segment",
        ["workspace", "replica_id", "first_seq"],
        _column("workspace", UUID),
        _column("replica_id", UUID),
        _column("first_seq", sa.BigInteger()),
        _column("last_seq", sa.BigInteger()),
        _column("arrived", sa.BigInteger()),
        _column("hash", sa.LargeBinary()),
        _column("prev_hash", sa.LargeBinary()),
        _column("header", sa.LargeBinary()),
        _column("body", sa.LargeBinary()),
        _column("signature", sa.LargeBinary()),
        _column("received_at", INSTANT),
        partitioned=True,
    )
    for part in range(PARTITIONS):  # bodies are compressed already
        op.execute(f"ALTER TABLE segment_{part:02} ALTER COLUMN body SET STORAGE EXTERNAL")
    op.create_index(
        "uq_segment_county_code_workspace_arrived", "segment", ["county_code", "workspace", "arrived"], unique=True
    )
    _by_county(
        "vector",
        ["workspace", "replica_id"],
        _column("workspace", UUID),
        _column("replica_id", UUID),
        _column("last_seq", sa.BigInteger()),
        _column("last_hash", sa.LargeBinary()),
    )
    _by_county(
        "projection",
        ["workspace"],
        _column("workspace", UUID),
        _column("arrived", sa.BigInteger()),
        _column("vector", JSONB()),
        _column("failed_at", INSTANT, nullable=True),
        _column("failure", sa.String()),
    )


def _records() -> None:
    _by_county(
        "record",
        ["workspace", "entity", "record_id"],
        _column("workspace", UUID),
        _column("entity", sa.String()),
        _column("record_id", UUID),
        _column("doc", JSONB()),
        _column("state", sa.LargeBinary()),
        _column("deleted", sa.Boolean()),
        _column("conflicts", sa.SmallInteger()),
        _column("created_hlc", sa.BigInteger()),
        _column("created_by", sa.String()),
        _column("updated_hlc", sa.BigInteger()),
        _column("updated_by", sa.String()),
        linked=False,
        partitioned=True,
    )
    op.create_index(
        "ix_record_conflicts",
        "record",
        ["county_code", "workspace"],
        postgresql_where=sa.text("conflicts > 0"),
    )


def downgrade() -> None:
    """Drop everything; for tests."""
    for name in (
        *("record", "projection", "vector", "segment", "audit", "certificate", "replica"),
        *("enrol_code", "workspace", "server_state"),
    ):
        op.drop_table(name)
