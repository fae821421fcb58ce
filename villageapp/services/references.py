"""Ids that point at other records must point at records that are here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from villageapp.domain.fields import Form, Kind
from villageapp.errors import NotFound, Problem, ValidationFailed
from villageapp.models.base import Synced
from villageapp.models.records import CLASS_OF_ENTITY

Record = TypeVar("Record", bound=Synced)

ENTITY_OF_REFERENCE: Mapping[str, str] = {
    "household_id": "household",
    "member_id": "member",
    "head_member_id": "member",
    "visit_id": "visit",
    "duty_person_id": "cadre",
    "responsible_id": "cadre",
    "owner_id": "cadre",
    "visitors": "cadre",
    "asset_id": "asset",
    "proof_ids": "attachment",
    "problem_id": "problem",
    "problem_ids": "problem",
    "visit_ids": "visit",
    "measure_id": "measure",
    "person_id": "member",
    "member_ids": "member",
    "account_id": "income_account",
    "project_id": "project",
    "team_id": "team",
    "cadre_id": "cadre",
    "replaced_by": "cadre",
    "entered_by": "cadre",
    "surveyor_id": "cadre",
    "collected_by": "cadre",
    "verifiers": "cadre",
    "clue_id": "clue",
    "consent_id": "consent",
    "signed_id": "signature",
    "file_id": "attachment",
    "minutes_id": "attachment",
    "notice_photos": "attachment",
    "town_photo_id": "attachment",
    "county_photo_id": "attachment",
    "natural_proof": "attachment",
    "exit_town_photo_id": "attachment",
    "exit_county_photo_id": "attachment",
}
"""Field name of a reference to the entity that it names, the same in all forms."""
_OF_ANY_KIND = frozenset(
    {
        ("signature", "owner_id"),
        ("attachment", "owner_id"),
        ("notice", "subject_id"),
        ("explanation", "record_id"),
        ("merge", "kept_id"),
        ("merge", "merged_id"),
    }
)
"""References whose entity another field of the record names; they are not looked up."""
_OWN_KIND = frozenset({"reopened_from"})
"""References to a record of the same entity."""


def entity_of(form: Form, name: str) -> str:
    """The entity that a reference field names. Raises KeyError: a reference nobody described is a bug."""
    return form.entity if name in _OWN_KIND else ENTITY_OF_REFERENCE[name]


def get(session: Session, cls: type[Record], record_id: str) -> Record:
    """The record, not deleted. Raises NotFound."""
    found = session.get(cls, record_id)
    if found is None or found.deleted:
        raise NotFound(
            f"没有找到这条{cls.form.title}记录（{record_id[:36]}）。", remedy="它可能已被删除，请刷新后再试。"
        )
    return found


def missing(session: Session, form: Form, values: Mapping[str, Any]) -> list[Problem]:
    """One problem for every reference in ``values`` whose record is not here."""
    problems = []
    for name, value in values.items():
        if (
            value is None
            or form[name].kind not in (Kind.REF, Kind.REFS)
            or (form.entity, name) in _OF_ANY_KIND
        ):
            continue
        wanted = value if isinstance(value, tuple) else (value,)
        if _unknown(session, entity_of(form, name), wanted):
            problems.append(Problem(name, f"{form[name].label}：所选记录不存在或已删除"))
    return problems


def refuse_missing(session: Session, form: Form, values: Mapping[str, Any]) -> None:
    """Raise ValidationFailed when a reference in ``values`` names a record that is not here."""
    problems = missing(session, form, values)
    if problems:
        raise ValidationFailed(problems)


def _unknown(session: Session, entity: str, ids: Iterable[str]) -> set[str]:
    wanted = set(ids)
    cls = CLASS_OF_ENTITY[entity]
    known = session.scalars(select(cls.id).where(cls.id.in_(wanted), cls.deleted.is_(False)))
    return wanted - set(known)
