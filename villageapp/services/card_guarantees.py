"""三保障 and drinking water of a household as its card shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from villageapp.domain import dates
from villageapp.domain.fields import show
from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.visit import counts_as_coverage
from villageapp.reports.card_facts import CardGuarantees, Schooling

_SCHOOL_AGES = range(6, 16)
_AT_SCHOOL = frozenset({"02", "03", "04", "05", "18"})
"""CL_STUDENT codes of compulsory education (domain.md 2.0)."""

Row = Mapping[Any, Any]


def either(first: bool | None, second: bool | None) -> bool | None:
    """Insured by one of two kinds; unknown unless one is yes or both are no."""
    if first or second:
        return True
    return None if first is None or second is None else False


def guarantees(home: Row, members: Sequence[Row], visits: Sequence[Row], today: date) -> CardGuarantees:
    """As the newest visit that met somebody found them, else as the records say."""
    seen = next((v for v in visits if counts_as_coverage(v["result"])), None)
    insured = [either(m["med_insurance_resident"], m["med_insurance_employee"]) for m in members]
    water = home["water_safe"] if seen is None or seen["water_ok"] is None else seen["water_ok"]
    return CardGuarantees(
        schooling=_schooling(members, None if seen is None else seen["edu_ok"], today),
        all_insured=False if False in insured else None if None in insured or not insured else True,
        uninsured_count=insured.count(False) or None,
        house_level=home["house_level"] or "",
        house_route=show(HOUSEHOLD["house_route"], home["house_route"]),
        water_safe=water,
        verified_on=None if seen is None else dates.local_day(seen["started_at"]),
    )


def _schooling(members: Sequence[Row], answer: bool | None, today: date) -> Schooling | None:
    if answer is False:
        return Schooling.NOT_SECURED
    births = [member["birth_date"] for member in members]
    children = [m for m in members if m["birth_date"] and dates.age(m["birth_date"], today) in _SCHOOL_AGES]
    if not children and None not in births:
        return Schooling.NO_SCHOOL_AGE
    at_school = bool(children) and all(child["student_status"] in _AT_SCHOOL for child in children)
    return Schooling.SECURED if answer or at_school else None
