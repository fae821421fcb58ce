"""Everything one household card shows, as plain values filled from the store (domain.md 2.1-2.5, 4.1).

Conventions: money is int fen; dates are ``date``; labels are already decoded Chinese; ``None`` means not
known and prints as blank or 未知, never as 否; an empty tuple means there are none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

import msgspec


class Schooling(StrEnum):
    """The state of compulsory education in a household."""

    SECURED = "secured"
    NO_SCHOOL_AGE = "no_school_age"
    NOT_SECURED = "not_secured"


@dataclass(frozen=True, slots=True)
class CardMember:
    """One family member, in the order to print."""

    name: str
    relation: str = ""
    """Relation to the head, e.g. 户主, 配偶."""
    sex: str = ""
    birth_date: date | None = None
    """Prints as age on the day of printing."""
    id_no: str = ""
    """Masked in P1, full in P2, absent in P0."""
    health: tuple[str, ...] = ()
    """Labels of CL_HEALTH; never printed in P0."""
    labour: str = ""
    """Label of CL_LABOUR."""
    study_work: str = ""
    """School and grade, or place and kind of work."""
    medical: bool | None = None
    """Basic medical insurance of either kind."""
    pension: bool | None = None
    """Pension insurance of either kind."""


@dataclass(frozen=True, slots=True)
class CardGuarantees:
    """The three guarantees and drinking water, as last verified."""

    schooling: Schooling | None = None
    all_insured: bool | None = None
    uninsured_count: int | None = None
    """Members without basic medical insurance; printed when ``all_insured`` is False."""
    house_level: str = ""
    """A, B, C or D of CL_HOUSE_LVL; anything else (未鉴定) is printed as text."""
    house_route: str = ""
    """Label of CL_HOUSE_ROUTE."""
    water_safe: bool | None = None
    verified_on: date | None = None


@dataclass(frozen=True, slots=True)
class CardContact:
    """A helper whom the family may ring; phones of helpers are printed in every grade."""

    role: str
    """Key of a column of the template: first_secretary, team_member, partner, grid, doctor."""
    name: str = ""
    unit: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class CardMeasure:
    """One assistance measure."""

    group: str
    """Group code M01 to M14."""
    group_label: str
    items: tuple[str, ...] = ()
    """Labels of the items ticked."""
    content: str = ""
    person: str = ""
    """Who receives it; blank for the household."""
    date_text: str = ""
    """e.g. 2026-03 至 2026-12."""
    amount_fen: int | None = None
    """Not printed in P0."""
    quantity: str = ""
    """e.g. 5头, 12月."""
    department: str = ""
    responsible: str = ""
    status: str = ""
    """Label, e.g. 实施中."""


@dataclass(frozen=True, slots=True)
class CardIncomeYear:
    """One income year in fen; never printed in P0."""

    year: int
    wages: int | None = None
    business: int | None = None
    property: int | None = None
    transfer: int | None = None
    business_costs: int | None = None
    net: int | None = None
    net_per_head: int | None = None


@dataclass(frozen=True, slots=True)
class CardVisit:
    """One visit; the summary is not printed in P0."""

    visited_on: date
    visitors: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class CardPlan:
    """One line of the plan; not printed in P0."""

    need: str = ""
    measure: str = ""
    due: str = ""


@dataclass(frozen=True, slots=True)
class CardFacts:
    """One household's card."""

    household_uid: str
    """Record id; only in the QR code."""
    revision: int
    """Revision of the household record."""
    year: int
    """The year the card stands for."""
    county: str
    town: str
    village: str
    head_name: str
    group_name: str = ""
    card_no: str = ""
    household_type: str = ""
    """Label of CL_HH_TYPE, with policy flag if wanted."""
    monitoring: str | None = None
    """Label of CL_MON_CAT; None = unknown."""
    identified_ym: str = ""
    """YYYY-MM when the open monitoring case was identified."""
    risks: tuple[str, ...] = ()
    """Labels of CL_RISK; not printed in P0, as they tell of illness and disability."""
    is_dibao: bool | None = None
    dibao_text: str = ""
    """Category and persons, e.g. B类2人."""
    dibao_month_fen: int | None = None
    is_tekun: bool | None = None
    tekun_text: str = ""
    """e.g. 分散供养."""
    is_relocated: bool | None = None
    settlement: str = ""
    """Name of the resettlement area."""
    phone: str = ""
    """The family's phone; not printed in P0."""
    address: str = ""
    """P0 prints village and group instead."""
    population: int | None = None
    labour_count: int | None = None
    members: tuple[CardMember, ...] = ()
    guarantees: CardGuarantees = CardGuarantees()
    contacts: tuple[CardContact, ...] = ()
    town_phone: str = ""
    measures: tuple[CardMeasure, ...] = ()
    income_last: CardIncomeYear | None = None
    income_this: CardIncomeYear | None = None
    visits: tuple[CardVisit, ...] = ()
    """The newest six are printed, oldest first."""
    plans: tuple[CardPlan, ...] = ()
    note: str = ""
    facts_as_of: date | None = None
    """The day of the newest change the card shows."""
    facts_state: str = ""
    """Standing of these facts, e.g. 已同步 or 含 2 项未上传修改."""


def content_sha8(facts: CardFacts) -> str:
    """First 8 hex digits of the SHA-256 of all facts; equal facts give equal digits on every machine."""
    return sha256(msgspec.json.encode(facts)).hexdigest()[:8]
