"""First schema: village, cadres, households, members, visits, measures, problem items, and the sync log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _synced(name: str, *columns: sa.Column) -> None:
    """A table of synced records: its own columns after the technical ones."""
    op.create_table(
        name,
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_hlc", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_hlc", sa.Integer(), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )


def _columns(kind: type[sa.types.TypeEngine], *names: str) -> list[sa.Column]:
    return [sa.Column(name, kind(), nullable=True) for name in names]


def upgrade() -> None:
    """Create everything."""
    _synced(
        "cadre",
        *_columns(
            sa.String,
            "name",
            "role",
            "unit",
            "duty",
            "phone",
            "sex",
            "political",
            "term_start",
            "term_end",
            "note",
        ),
    )
    op.create_table(
        "certificate",
        sa.Column("replica_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("replica_id", name="pk_certificate"),
    )
    op.create_table(
        "draft",
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("values", sa.String(), nullable=False),
        sa.Column("saved_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("form", "subject", name="pk_draft"),
    )
    _synced(
        "household",
        *_columns(
            sa.String,
            "national_hh_no",
            "region_code",
            "county",
            "town",
            "village",
            "natural_village",
            "group_name",
            "address",
            "head_member_id",
            "phone",
            "household_type",
        ),
        *_columns(sa.Boolean, "policy_entitled"),
        *_columns(sa.String, "monitoring_category"),
        *_columns(sa.Boolean, "risk_eliminated"),
        *_columns(sa.String, "identified_ym", "eliminated_ym", "risks", "first_identified_ym"),
        *_columns(sa.Integer, "out_of_poverty_year"),
        *_columns(sa.String, "poverty_causes"),
        *_columns(sa.Integer, "registered_population", "income_year_population", "per_capita"),
        *_columns(sa.Boolean, "is_martyr_family"),
        *_columns(sa.String, "dibao_category"),
        *_columns(sa.Integer, "dibao_persons", "dibao_month_amount"),
        *_columns(
            sa.String,
            "bank_name",
            "bank_account",
            "house_structure",
            "house_area_m2",
            "house_level",
            "house_route",
        ),
        *_columns(sa.Integer, "house_built_year"),
        *_columns(sa.Boolean, "is_dangerous_house"),
        *_columns(sa.String, "water_source"),
        *_columns(sa.Boolean, "water_safe", "toilet_present"),
        *_columns(sa.String, "toilet_type", "road_type", "distance_km", "fuel", "land_farm", "land_forest"),
        *_columns(sa.Boolean, "relocated"),
        *_columns(
            sa.String,
            "reloc_mode",
            "reloc_settle",
            "reloc_place",
            "settlement_name",
            "move_in_date",
            "duty_person_id",
            "next_visit_on",
            "status",
            "note",
        ),
    )
    op.create_index("ix_household_national_hh_no", "household", ["national_hh_no"])
    op.create_table(
        "household_summary",
        sa.Column("household_id", sa.String(), nullable=False),
        sa.Column("head_name", sa.String(), nullable=False),
        sa.Column("head_key", sa.String(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column("household_type", sa.String(), nullable=False),
        sa.Column("monitoring_category", sa.String(), nullable=False),
        sa.Column("monitored", sa.Integer(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("no_labour_whole", sa.Integer(), nullable=True),
        sa.Column("last_visit_on", sa.String(), nullable=False),
        sa.Column("next_visit_on", sa.String(), nullable=False),
        sa.Column("open_problems", sa.Integer(), nullable=False),
        sa.Column("measures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("household_id", name="pk_household_summary"),
    )
    op.create_index(
        "ix_household_summary_group_name_head_key", "household_summary", ["group_name", "head_key"]
    )
    op.create_index("ix_household_summary_head_key", "household_summary", ["head_key"])
    op.create_index("ix_household_summary_last_visit_on", "household_summary", ["last_visit_on"])
    op.create_index("ix_household_summary_next_visit_on", "household_summary", ["next_visit_on"])
    op.create_table(
        "import_batch",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("started_at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("counts", sa.String(), nullable=False),
        sa.Column("undone_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_batch"),
    )
    op.create_table(
        "import_row",
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "entity", "record_id", name="pk_import_row"),
    )
    op.create_index("ix_import_row_entity_record_id", "import_row", ["entity", "record_id"])
    _synced(
        "measure",
        *_columns(sa.String, "household_id", "member_id", "group", "item"),
        *_columns(sa.Integer, "year"),
        *_columns(
            sa.String,
            "title",
            "risk_code",
            "department",
            "responsible_id",
            "planned_on",
            "start_on",
            "end_on",
        ),
        *_columns(sa.Integer, "amount"),
        *_columns(sa.String, "qty", "qty_unit", "status", "note"),
    )
    op.create_index("ix_measure_household_id", "measure", ["household_id"])
    _synced(
        "member",
        *_columns(
            sa.String,
            "household_id",
            "national_member_no",
            "name",
            "id_type",
            "id_no",
            "disability_card_no",
            "disability_category",
            "disability_level",
            "sex",
            "birth_date",
            "relation",
            "nation",
            "political",
            "education",
            "student_status",
            "school",
            "dropout_reason",
        ),
        *_columns(sa.Boolean, "speaks_mandarin"),
        *_columns(sa.String, "health", "disease_name"),
        *_columns(sa.Boolean, "has_chronic_card", "family_doctor"),
        *_columns(sa.String, "labour", "working"),
        *_columns(sa.Integer, "work_months"),
        *_columns(sa.String, "work_place", "employer"),
        *_columns(
            sa.Boolean,
            "med_insurance_resident",
            "med_insurance_employee",
            "critical_illness_ins",
            "pension_resident",
            "pension_employee",
            "is_dibao",
            "is_tekun",
            "is_relocated",
        ),
        *_columns(
            sa.String, "phone", "identified_ym", "joined_on", "join_reason", "left_on", "left_reason", "note"
        ),
    )
    op.create_index("ix_member_household_id", "member", ["household_id"])
    op.create_index("ix_member_id_no", "member", ["id_no"])
    op.create_table(
        "outbox",
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("hlc", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("fields", sa.String(), nullable=False),
        sa.Column("bases", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_outbox"),
    )
    op.create_table(
        "peer",
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("last_try_at", sa.String(), nullable=False),
        sa.Column("last_success_at", sa.String(), nullable=False),
        sa.Column("ended", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("vector", sa.String(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("url", name="pk_peer"),
    )
    _synced(
        "problem",
        *_columns(
            sa.String,
            "ledger_no",
            "scope",
            "household_id",
            "visit_id",
            "source",
            "source_doc",
            "category",
            "title",
            "description",
            "reported_on",
            "reporter",
            "due_verify",
            "due_opinion",
            "due_plan",
            "grade",
            "due_solve",
            "state",
            "owner_id",
            "verified_on",
            "opinion_on",
            "opinion",
            "plan_on",
            "plan",
            "solved_on",
            "result",
            "household_ack",
            "closed_on",
            "listed_supervision",
            "note",
        ),
    )
    op.create_index("ix_problem_household_id", "problem", ["household_id"])
    op.create_index("ix_problem_state_due_solve", "problem", ["state", "due_solve"])
    op.create_table(
        "record_state",
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("fields", sa.String(), nullable=False),
        sa.Column("conflicts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("entity", "record_id", name="pk_record_state"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_record_state_conflicts", "record_state", ["conflicts"])
    op.create_table(
        "replica",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("replica_id", sa.String(), nullable=False),
        sa.Column("workspace", sa.String(), nullable=False),
        sa.Column("village_code", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("sign_key", sa.LargeBinary(), nullable=False),
        sa.Column("box_key", sa.LargeBinary(), nullable=False),
        sa.Column("next_seq", sa.Integer(), nullable=False),
        sa.Column("last_hlc", sa.Integer(), nullable=False),
        sa.Column("clock_offset_ms", sa.Integer(), nullable=False),
        sa.Column("enrolled", sa.Integer(), nullable=False),
        sa.Column("server_url", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("province_key", sa.LargeBinary(), nullable=False),
        sa.Column("server_epoch", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_replica"),
    )
    op.create_table(
        "search_entry",
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("household_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_search_entry"),
    )
    op.create_index("ix_search_entry_household_id", "search_entry", ["household_id"])
    op.create_table(
        "segment",
        sa.Column("arrived", sa.Integer(), nullable=False, autoincrement=True),
        sa.Column("replica_id", sa.String(), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("arrived", name="pk_segment"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_segment_replica_id_first_seq", "segment", ["replica_id", "first_seq"], unique=True)
    op.create_table(
        "vector",
        sa.Column("replica_id", sa.String(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("replica_id", name="pk_vector"),
    )
    _synced(
        "village",
        *_columns(sa.String, "code", "name", "city", "county", "town", "town_phone", "groups"),
    )
    _synced(
        "visit",
        *_columns(
            sa.String,
            "household_id",
            "kind",
            "sweep_type",
            "started_at",
            "ended_at",
            "visitors",
            "result",
            "interviewee",
            "place_note",
        ),
        *_columns(sa.Boolean, "population_change"),
        *_columns(sa.String, "population_change_note"),
        *_columns(sa.Boolean, "health_change"),
        *_columns(sa.String, "health_change_note"),
        *_columns(sa.Boolean, "work_change"),
        *_columns(sa.String, "work_change_note"),
        *_columns(sa.Boolean, "school_change"),
        *_columns(sa.String, "school_change_note"),
        *_columns(sa.Boolean, "house_change"),
        *_columns(sa.String, "house_change_note"),
        *_columns(sa.Boolean, "edu_ok"),
        *_columns(sa.String, "edu_ok_note"),
        *_columns(sa.Boolean, "med_ok"),
        *_columns(sa.String, "med_ok_note"),
        *_columns(sa.Boolean, "house_ok"),
        *_columns(sa.String, "house_ok_note"),
        *_columns(sa.Boolean, "water_ok"),
        *_columns(sa.String, "water_ok_note"),
        *_columns(sa.Boolean, "eat_ok"),
        *_columns(sa.String, "eat_ok_note"),
        *_columns(sa.Boolean, "cloth_ok"),
        *_columns(sa.String, "cloth_ok_note", "income_trend"),
        *_columns(sa.Boolean, "big_expense"),
        *_columns(sa.String, "expense_kind"),
        *_columns(sa.Integer, "expense_amount"),
        *_columns(
            sa.String,
            "difficulty",
            "demand",
            "policy_told",
            "measures_checked",
            "satisfaction",
            "help_done",
            "next_visit_on",
        ),
        *_columns(sa.Boolean, "signed_on_paper"),
        *_columns(sa.String, "note"),
    )
    op.create_index("ix_visit_household_id_started_at", "visit", ["household_id", "started_at"])
    op.create_index("ix_visit_started_at", "visit", ["started_at"])


def downgrade() -> None:
    """Back to an empty store."""
    for name in (
        "visit",
        "village",
        "vector",
        "segment",
        "search_entry",
        "replica",
        "record_state",
        "problem",
        "peer",
        "outbox",
        "member",
        "measure",
        "import_row",
        "import_batch",
        "household_summary",
        "household",
        "draft",
        "certificate",
        "cadre",
    ):
        op.drop_table(name)
