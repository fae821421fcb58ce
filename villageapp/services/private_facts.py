"""What is known of a household's people and must not stand on anything public (R-NOTICE of domain.md 3.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.member import MEMBER
from villageapp.domain.notice import Private
from villageapp.models.records import Household, Member

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_PRIVATE_NUMBERS = ("id_no", "disability_card_no", "national_member_no", "phone", "bank_account")
_OF_HOUSEHOLD = ("phone", "bank_account", "national_hh_no")
_household, _member = Household.__table__.c, Member.__table__.c


def private_facts(work: Workspace, household_id: str | None = None) -> list[Private]:
    """Numbers and health of a household and its people, those who left included; of the whole village without one."""
    homes = select(Household.__table__)
    people = select(Member.__table__)
    if household_id is not None:
        homes = homes.where(_household.id == household_id)
        people = people.where(_member.household_id == household_id)
    with work.reading() as connection:
        found = [_of_home(row) for row in connection.execute(homes).mappings()]
        return found + [_of_member(row) for row in connection.execute(people).mappings()]


def _of_home(home: Mapping[Any, Any]) -> Private:
    return Private("该户", tuple((HOUSEHOLD[name].label, home[name]) for name in _OF_HOUSEHOLD if home[name]))


def _of_member(member: Mapping[Any, Any]) -> Private:
    numbers = tuple(
        (MEMBER[name].label, member[name])
        for name in _PRIVATE_NUMBERS
        if name in MEMBER.by_name and member[name]
    )
    words = (member["disease_name"],) if member["disease_name"] else ()
    return Private(member["name"] or "", numbers, tuple(member["health"] or ()), words)
