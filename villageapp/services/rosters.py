"""The list of people with all that the national exports say of them, under headings that the importer reads.

Exported and imported again it changes nothing (domain.md 5): the list can be handed on, completed in a
spreadsheet and taken back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp.domain.fields import Form
from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.member import MEMBER
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Household, Member
from villageapp.services.ledger_rows import Column, Ledger, column_of

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

KIND, TITLE = "people", "人员名单"
_FIRST = (
    *("household.county", "household.town", "household.village", "household.natural_village"),
    *("household.group_name", "household.national_hh_no", "member.national_member_no", "member.name"),
    *("member.id_type", "member.id_no", "household.registered_population", "member.relation", "member.sex"),
    *("member.birth_date", "member.nation", "member.phone", "household.phone", "household.household_type"),
    *("household.monitoring_category", "household.risk_eliminated"),
)
"""Columns that people look for, in the order of the national exports; all others follow."""


def people(work: Workspace, household_id: str | None = None) -> Ledger:
    """Everybody who lives here, household by household, the head first. ``id`` is the member."""
    columns = _columns()
    household, member, summary = Household.__table__.c, Member.__table__.c, HouseholdSummary.__table__.c
    tables = {HOUSEHOLD.entity: household, MEMBER.entity: member}
    wanted = [tables[entity][name].label(f"{entity}.{name}") for entity, name, _ in columns]
    statement = (
        select(member.id, *wanted)
        .join_from(Member.__table__, Household.__table__, household.id == member.household_id)
        .join(HouseholdSummary.__table__, summary.household_id == household.id, isouter=True)
        .where(member.deleted.is_(False), household.deleted.is_(False), member.left_on.is_(None))
        .order_by(
            summary.group_name,
            summary.head_key,
            household.id,
            member.id != household.head_member_id,
            member.birth_date,
            member.id,
        )
    )
    if household_id is not None:
        statement = statement.where(household.id == household_id)
    with work.reading() as connection:
        rows: list[dict[str, Any]] = [dict(row) for row in connection.execute(statement).mappings()]
    return Ledger(KIND, TITLE, tuple(column for _, _, column in columns), rows)


def _columns() -> list[tuple[str, str, Column]]:
    """Entity, field and column of everything that an import may bring, under the heading it looks for first."""
    known: dict[str, tuple[str, str, Column]] = {}
    for form in (HOUSEHOLD, MEMBER):
        for field in form.fields:
            if field.import_headers:
                name = f"{form.entity}.{field.name}"
                known[name] = (form.entity, field.name, _column(form, field.name, name))
    return [known.pop(name) for name in _FIRST] + list(known.values())


def _column(form: Form, field: str, name: str) -> Column:
    return replace(column_of(form, field, form[field].import_headers[0]), name=name)
