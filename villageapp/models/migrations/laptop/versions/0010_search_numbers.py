"""Search entries get numbers that are never given twice, so that what was read of them stays true."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COLUMNS = "record_id, household_id, kind, name, text"


def upgrade() -> None:
    """Copy the entries into a table with numbers."""
    op.drop_index("ix_search_entry_household_id", "search_entry")
    op.rename_table("search_entry", "old_search_entry")
    op.create_table(
        "search_entry",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=True),
        *_texts(),
        sa.PrimaryKeyConstraint("number", name="pk_search_entry"),
        sqlite_autoincrement=True,
    )
    _take_over("INSERT INTO")


def downgrade() -> None:
    """Back to entries by record."""
    op.drop_index("ix_search_entry_household_id", "search_entry")
    op.rename_table("search_entry", "old_search_entry")
    op.create_table("search_entry", *_texts(), sa.PrimaryKeyConstraint("record_id", name="pk_search_entry"))
    _take_over("INSERT OR REPLACE INTO")


def _texts() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in _COLUMNS.split(", ")]


def _take_over(insert: str) -> None:
    op.execute(f"{insert} search_entry ({_COLUMNS}) SELECT {_COLUMNS} FROM old_search_entry ORDER BY rowid")
    op.drop_table("old_search_entry")
    op.create_index("ix_search_entry_household_id", "search_entry", ["household_id"])
