"""What the household list is also narrowed by: risks, a 否 at the last visit, members working away; and whether
development measures are under way (CL_DEV_STATUS).

The first three are derived columns of this laptop, filled here; from then on they are kept beside every change.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_FILL = """
UPDATE household_summary SET
    risks = coalesce((SELECT risks FROM household WHERE id = household_id), ''),
    working_away = (
        SELECT count(*) FROM member
        WHERE member.household_id = household_summary.household_id AND deleted = 0 AND left_on IS NULL
        AND working IN ('乡外县内务工', '县外省内务工', '省外务工', '境外务工')
    ),
    unmet = (
        SELECT edu_ok IS 0 OR med_ok IS 0 OR house_ok IS 0 OR water_ok IS 0 OR eat_ok IS 0 OR cloth_ok IS 0
        FROM visit
        WHERE visit.household_id = household_summary.household_id AND deleted = 0
        AND result NOT IN ('无人在家', '拒访')
        ORDER BY started_at DESC, id DESC LIMIT 1
    )
"""


_ORDERS = (("group_name", "head_key"), ("head_key",), ("last_visit_on",), ("next_visit_on",))
_WHOLE_ORDERS = (
    ("group_name", "head_key", "household_id"),
    ("head_key", "household_id"),
    ("last_visit_on", "head_key", "household_id"),
    ("next_visit_on", "head_key", "household_id"),
    ("members", "head_key", "household_id"),
)


def _change_indexes(old: Iterable[tuple[str, ...]], new: Iterable[tuple[str, ...]]) -> None:
    for columns in old:
        op.drop_index(_index(columns), "household_summary")
    for columns in new:
        op.create_index(_index(columns), "household_summary", list(columns))


def _index(columns: tuple[str, ...]) -> str:
    return "_".join(("ix_household_summary", *columns))


def upgrade() -> None:
    """Add the columns."""
    op.add_column("household", sa.Column("development_measures", sa.String(), nullable=True))
    op.add_column("household_summary", sa.Column("risks", sa.String(), nullable=False, server_default=""))
    op.add_column(
        "household_summary", sa.Column("working_away", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("household_summary", sa.Column("unmet", sa.Integer(), nullable=True))
    op.execute(_FILL)
    _change_indexes(_ORDERS, _WHOLE_ORDERS)


def downgrade() -> None:
    """Back; what was derived can be derived again, the household's field stays in the log."""
    _change_indexes(_WHOLE_ORDERS, _ORDERS)
    with op.batch_alter_table("household") as batch:
        batch.drop_column("development_measures")
    with op.batch_alter_table("household_summary") as batch:
        for name in ("unmet", "working_away", "risks"):
            batch.drop_column(name)
