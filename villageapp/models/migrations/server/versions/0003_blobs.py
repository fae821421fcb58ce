"""Photos and scans that lie in the blob store."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UUID = sa.Uuid(as_uuid=False)


def _column(name: str, kind: Any, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, autoincrement=False)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "blob",
        _column("county_code", sa.String()),
        _column("workspace", UUID),
        _column("sha256", sa.LargeBinary()),
        _column("size", sa.BigInteger()),
        _column("media_type", sa.String()),
        _column("preview_of", sa.LargeBinary(), nullable=True),
        _column("stored_by", UUID),
        _column("stored_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("county_code", "workspace", "sha256", name="pk_blob"),
        sa.ForeignKeyConstraint(
            ["county_code", "workspace"],
            ["workspace.county_code", "workspace.workspace"],
            name="fk_blob_county_code_workspace_workspace",
        ),
    )
    op.create_index("ix_blob_preview_of", "blob", ["county_code", "workspace", "preview_of"])


def downgrade() -> None:
    """Drop it; for tests."""
    op.drop_table("blob")
