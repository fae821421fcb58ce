"""Lists of people and of their work with all that the national exports say, under headings that the importer reads.

Exported and imported again it changes nothing (domain.md 5): the list can be handed on, completed in a
spreadsheet and taken back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp.domain.employment import EMPLOYMENT
from villageapp.domain.fields import Form
from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.member import MEMBER
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Employment, Household, Member
from villageapp.services.ledger_rows import Column, Ledger, column_of

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

PEOPLE, SPELLS = "people", "employment-month"
_Named = tuple[str, str, Column]
_household, _member = Household.__table__.c, Member.__table__.c
_spell, _summary = Employment.__table__.c, HouseholdSummary.__table__.c
_TABLES = {HOUSEHOLD.entity: _household, MEMBER.entity: _member, EMPLOYMENT.entity: _spell}
_ORDER = (
    *(_summary.group_name, _summary.head_key, _household.id, _member.id != _household.head_member_id),
    *(_member.birth_date, _member.id),
)
_FIRST = (
    *("household.county", "household.town", "household.village", "household.natural_village"),
    *("household.group_name", "household.national_hh_no", "member.national_member_no", "member.name"),
    *("member.id_type", "member.id_no", "household.registered_population", "member.relation", "member.sex"),
    *("member.birth_date", "member.nation", "member.phone", "household.phone", "household.household_type"),
    *("household.monitoring_category", "household.risk_eliminated"),
)
"""Columns that people look for, in the order of the national exports; all others follow."""


_SPELL_PERSON = (
    *("household.national_hh_no", "member.name", "member.id_no", "household.household_type"),
    "household.monitoring_category",
)
"""Whom a spell of work is about, as the monthly list names them."""


def kinds() -> dict[str, str]:
    """Kinds and their titles."""
    return {PEOPLE: "人员名单", SPELLS: "务工月监测表"}


def roster(work: Workspace, kind: str, household_id: str | None = None) -> Ledger:
    """A list of ``kinds``; people household by household with the head first, spells of work likewise.

    Columns are named ``entity.field``; ``id`` is the member, or the spell.
    """
    of_spells = kind == SPELLS
    columns = _spell_columns() if of_spells else _people_columns()
    leading = _spell if of_spells else _member
    wanted = [_TABLES[entity][name].label(f"{entity}.{name}") for entity, name, _ in columns]
    statement = select(leading.id, *wanted).select_from(Member.__table__)
    if of_spells:
        statement = statement.join(Employment.__table__, _spell.member_id == _member.id).where(
            _spell.deleted.is_(False)
        )
    statement = (
        statement.join(Household.__table__, _household.id == _member.household_id)
        .join(HouseholdSummary.__table__, _summary.household_id == _household.id, isouter=True)
        .where(_member.deleted.is_(False), _household.deleted.is_(False), _member.left_on.is_(None))
        .order_by(*_ORDER, leading.id)
    )
    if household_id is not None:
        statement = statement.where(_household.id == household_id)
    with work.reading() as connection:
        rows: list[dict[str, Any]] = [dict(row) for row in connection.execute(statement).mappings()]
    return Ledger(kind, kinds()[kind], tuple(column for _, _, column in columns), rows)


def _people_columns() -> list[_Named]:
    """Everything that an import of people may bring, under the heading it looks for first."""
    known = {f"{entity}.{name}": (entity, name, column) for entity, name, column in _named(HOUSEHOLD, MEMBER)}
    return [known.pop(name) for name in _FIRST] + list(known.values())


def _spell_columns() -> list[_Named]:
    """Who it is, and everything that an import of spells may bring."""
    known = {column.name: (entity, name, column) for entity, name, column in _named(HOUSEHOLD, MEMBER)}
    return [known[name] for name in _SPELL_PERSON] + _named(EMPLOYMENT)


def _named(*forms: Form) -> list[_Named]:
    """Entity, field and column of every field that has a heading in the national exports."""
    return [
        (form.entity, field.name, _column(form, field.name, f"{form.entity}.{field.name}"))
        for form in forms
        for field in form.fields
        if field.import_headers
    ]


def _column(form: Form, field: str, name: str) -> Column:
    return replace(column_of(form, field, form[field].import_headers[0]), name=name)
