"""The remaining fields of households, members, measures and problem items."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NEW_FIELDS: dict[str, list[tuple[str, type]]] = {
    "household": [
        ("double_daughter", sa.Boolean),
        ("one_child", sa.Boolean),
        ("no_labour_flag", sa.Boolean),
        ("renovation_year", sa.Integer),
        ("water_quantity_ok", sa.Boolean),
        ("water_quality_ok", sa.Boolean),
        ("water_convenience_ok", sa.Boolean),
        ("water_reliability_ok", sa.Boolean),
        ("electricity_living", sa.Boolean),
        ("electricity_production", sa.Boolean),
        ("tv", sa.Boolean),
        ("toilet_usable", sa.Boolean),
        ("toilet_problem", sa.String),
        ("land_grass", sa.String),
        ("land_water", sa.String),
        ("land_orchard", sa.String),
        ("land_returned", sa.String),
        ("in_cooperative", sa.Boolean),
        ("leader_driven", sa.Boolean),
        ("enterprise_driven", sa.Boolean),
        ("industry_kind", sa.String),
        ("old_house_removed", sa.Boolean),
        ("star_household", sa.Boolean),
        ("civil_points", sa.Integer),
    ],
    "measure": [
        ("expected_income", sa.Integer),
        ("actual_income", sa.Integer),
        ("household_signed_on", sa.String),
    ],
    "member": [
        ("grade", sa.String),
        ("school_region", sa.String),
        ("commercial_med", sa.Boolean),
        ("med_aid", sa.Boolean),
        ("other_health_aid", sa.Boolean),
        ("pension_supplement", sa.Boolean),
        ("accident_insurance_subsidy", sa.Boolean),
        ("is_orphan", sa.Boolean),
        ("is_unattended_child", sa.Boolean),
        ("graduate_unemployed_reason", sa.String),
    ],
    "problem": [
        ("asset_id", sa.String),
        ("campaign", sa.String),
        ("reporter_told_on", sa.String),
        ("verifier", sa.String),
        ("verify_finding", sa.String),
        ("co_units", sa.String),
        ("target", sa.String),
        ("escalated_to", sa.String),
        ("escalated_on", sa.String),
        ("progress", sa.String),
        ("proof_ids", sa.String),
        ("acceptances", sa.String),
        ("returned_due", sa.String),
        ("extensions", sa.String),
        ("reopened_from", sa.String),
    ],
}


def upgrade() -> None:
    """Add the fields; what is there stays as it is."""
    for table, columns in _NEW_FIELDS.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind(), nullable=True))


def downgrade() -> None:
    """Back to the first schema; values of the newer fields stay in the log."""
    for table, columns in _NEW_FIELDS.items():
        with op.batch_alter_table(table) as batch:
            for name, _ in columns:
                batch.drop_column(name)
