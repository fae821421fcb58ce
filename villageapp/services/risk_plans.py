"""The plan of a monitoring case, risk by risk: what answers it, what could (R-MON-8, domain.md 2.4, 2.11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from villageapp.domain.codes import code_list
from villageapp.domain.monitoring_case import risks_of
from villageapp.domain.monitoring_facts import Around
from villageapp.domain.parameters import UnsetParameter
from villageapp.domain.policy_match import Match
from villageapp.domain.risk_measures import WORKING, matching
from villageapp.models.records import Measure
from villageapp.services import case_facts, policies
from villageapp.services.case_facts import case_of

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Ticked:
    """A measure of the household beside a risk."""

    id: str
    text: str
    status: str
    fits: bool
    """Whether measures of its kind answer the risk (R-MON-8)."""
    names_risk: bool
    names_other: str
    """Label of another risk that it names, empty without one."""

    @property
    def answers(self) -> bool:
        """Whether it counts as answering the risk now."""
        return self.status in WORKING and (self.fits or self.names_risk)


@dataclass(frozen=True, slots=True)
class RiskPlan:
    """One risk: whether it is answered, by what, and what could answer it."""

    risk: str
    label: str
    answered: bool
    reason: str
    """Why not, as R-MON-8 says it; empty when answered."""
    measures: tuple[Ticked, ...]
    items: tuple[str, ...]
    """Groups or items of CL_MEASURE_ITEM that answer it."""
    policies: tuple[Match, ...]
    """Policies that the household could use and whose measure answers it."""


def plan_of(work: Workspace, session: Session, case: Mapping[str, Any], day: date) -> tuple[RiskPlan, ...]:
    """Every risk of a case with these values, the first one first. Raises NotFound."""
    risks = risks_of(case)
    if not risks:
        return ()
    household_id = case["household_id"]
    seen = case_facts.read(session, household_id)
    around = case_of(seen, case, day, work.parameters).around
    rows = _measures(session, household_id)
    kinds = _fitting(work, day, around.region)
    matches = _by_item(work, household_id, day)
    return tuple(
        _one(work, around, risk, rows, kinds.get(risk, ()), matches) for risk in dict.fromkeys(risks)
    )


def _one(
    work: Workspace,
    around: Around,
    risk: str,
    rows: Iterable[Mapping[str, Any]],
    kinds: tuple[str, ...],
    matches: Iterable[tuple[str, Match]],
) -> RiskPlan:
    answered, reason = _answered(work, around, risk)
    return RiskPlan(
        risk,
        code_list("CL_RISK").label(risk),
        answered,
        reason,
        tuple(_ticked(row, risk, kinds) for row in rows),
        kinds,
        tuple(match for item, match in matches if kinds and item.startswith(kinds)),
    )


def _answered(work: Workspace, around: Around, risk: str) -> tuple[bool, str]:
    """Whether R-MON-8 finds an answer to this risk, and why not."""
    try:
        judged = matching(
            (risk,), around.measures, around.income_subjects, around.today, work.parameters, around.region
        )
    except UnsetParameter as unset:
        return False, unset.line()
    return judged.allowed, "；".join(reason.message for reason in judged.reasons)


def _measures(session: Session, household_id: str) -> list[dict[str, Any]]:
    table = Measure.__table__
    statement = (
        select(table)
        .where(table.c.household_id == household_id, table.c.deleted.is_(False))
        .order_by(table.c.year.desc(), table.c.item)
    )
    return [dict(row) for row in session.execute(statement).mappings()]


def _fitting(work: Workspace, day: date, region: str) -> dict[str, tuple[str, ...]]:
    """By risk the groups and items that answer it (RISK_MEASURES); empty while the table is unset."""
    try:
        table = work.parameters.find("RISK_MEASURES", day, region).value
    except UnsetParameter:
        return {}
    return {entry["risk"]: tuple(entry["measures"]) for entry in table}


def _by_item(work: Workspace, household_id: str, day: date) -> list[tuple[str, Match]]:
    items = {p["policy_no"]: p.get("measure_item") or "" for p in policies.library(work)}
    found: Iterable[Match] = policies.match_household(work, household_id, day)
    return [(items[match.policy_no], match) for match in found if items[match.policy_no]]


def _ticked(row: Mapping[str, Any], risk: str, kinds: tuple[str, ...]) -> Ticked:
    named = row["risk_code"]
    other = code_list("CL_RISK").label(named) if named and named != risk else ""
    item = code_list("CL_MEASURE_ITEM").label(row["item"])
    text = f"{row['year']} {item}：{row['title']}" if row["title"] != item else f"{row['year']} {item}"
    return Ticked(
        row["id"],
        text,
        row["status"],
        row["item"].startswith(kinds) if kinds else False,
        named == risk,
        other,
    )
