"""What the records of a household say about its monitoring case on one day (domain.md 2.6, R-MON-8, R-MON-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from villageapp.domain import dates, income, income_subjects
from villageapp.domain.household import no_labour_whole
from villageapp.domain.income import Income
from villageapp.domain.income_account import income_of
from villageapp.domain.monitoring_case import risks_of
from villageapp.domain.monitoring_facts import Around
from villageapp.domain.parameters import Parameters, UnsetParameter
from villageapp.domain.problem import OPEN_STATES
from villageapp.domain.risk_measures import MeasureTaken, matching
from villageapp.domain.stability import FollowUp, Standing, condition
from villageapp.domain.visit import GUARANTEES, counts_as_coverage
from villageapp.models.records import (
    Consent,
    Household,
    IncomeAccount,
    IncomeLine,
    Measure,
    Member,
    ProblemItem,
    Visit,
)

ASSET_CHECK = "2"
"""CL_CONSENT: 家庭经济状况核查授权承诺."""
GONE = "整户减少"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Rows around one household, read once."""

    household: Mapping[str, Any]
    members: Sequence[Mapping[str, Any]]
    measures: Sequence[Mapping[str, Any]]
    problems: Sequence[Mapping[str, Any]]
    visits: Sequence[Mapping[str, Any]]
    accounts: Sequence[Mapping[str, Any]]
    lines: Mapping[str, Sequence[Mapping[str, Any]]]
    consents: Sequence[Mapping[str, Any]]


def read(session: Session, household_id: str) -> Surroundings:
    """Everything around the household; the session's unsaved changes included."""
    session.flush()

    def rows(table: Table) -> list[Mapping[str, Any]]:
        found = session.execute(
            select(table).where(table.c.household_id == household_id, table.c.deleted.is_(False))
        )
        return [dict(row) for row in found.mappings()]

    household = session.get_one(Household, household_id).values()
    lines: dict[str, list[Mapping[str, Any]]] = {}
    for line in rows(IncomeLine.__table__):  # type: ignore[arg-type]
        lines.setdefault(line["account_id"], []).append(line)
    tables: Any = (Member, Measure, ProblemItem, Visit, IncomeAccount, Consent)
    members, measures, problems, visits, accounts, consents = (rows(c.__table__) for c in tables)
    active = [m for m in members if m["left_on"] is None]
    visits.sort(key=lambda v: v["started_at"])
    return Surroundings(household, active, measures, problems, visits, accounts, lines, consents)


def around(seen: Surroundings, case: Mapping[str, Any], today: date, parameters: Parameters) -> Around:
    """The facts that the guards of a case ask for."""
    region = seen.household["region_code"] or ""
    account = account_on(seen, today)
    return Around(
        today,
        seen.household["household_type"],
        _consent_on(seen),
        _taken(seen),
        _subjects(seen, account),
        tuple(_follow_ups(seen, case, parameters, region)),
        _open_problems(seen, today),
        all_insured(seen.members),
        no_labour_whole(m["labour"] for m in seen.members),
        seen.household["status"] == GONE,
        region,
    )


def account_on(seen: Surroundings, day: date) -> Mapping[str, Any] | None:
    """The latest income account whose period had begun by that day."""
    begun = [a for a in seen.accounts if a["period_start"] <= day]
    return max(begun, key=lambda a: (a["period_end"], a["income_year"]), default=None)


def income_on(seen: Surroundings, day: date) -> Income | None:
    """The account of that day added up."""
    account = account_on(seen, day)
    return (
        None
        if account is None
        else income_of(account, seen.lines.get(account["id"], ()), income_subjects.shipped())
    )


def all_insured(members: Sequence[Mapping[str, Any]]) -> bool | None:
    """Whether every member has one basic medical insurance (R-MED); None when that is unknown of somebody."""
    answers = []
    for member in members:
        kinds = (member["med_insurance_resident"], member["med_insurance_employee"])
        answers.append(True if True in kinds else False if kinds == (False, False) else None)
    return False if False in answers else None if None in answers or not answers else True


def _consent_on(seen: Surroundings) -> date | None:
    signed = [c["signed_on"] for c in seen.consents if c["kind"] == ASSET_CHECK and c["withdrawn_on"] is None]
    return max(signed, default=None)


def _taken(seen: Surroundings) -> tuple[MeasureTaken, ...]:
    return tuple(MeasureTaken(m["item"], m["status"], m["start_on"], m["risk_code"]) for m in seen.measures)


def _subjects(seen: Surroundings, account: Mapping[str, Any] | None) -> frozenset[str]:
    lines = seen.lines.get(account["id"], ()) if account else ()
    return frozenset(line["subject_code"] for line in lines if line["amount"] > 0)


def _open_problems(seen: Surroundings, day: date) -> int:
    """Items of the household that were open on that day."""

    def was_open(item: Mapping[str, Any]) -> bool:
        closed = item["closed_on"]
        return item["state"] in OPEN_STATES or (closed is not None and closed > day)

    return sum(item["reported_on"] <= day and was_open(item) for item in seen.problems)


def _follow_ups(
    seen: Surroundings, case: Mapping[str, Any], parameters: Parameters, region: str
) -> list[FollowUp]:
    """Visits since the identification that met somebody, each with whether R-MON-10 held then."""
    since = case.get("identified_on")
    found = []
    for visit in seen.visits:
        day = dates.local_day(visit["started_at"])
        if since is not None and day >= since and counts_as_coverage(visit["result"]):
            found.append(FollowUp(day, _met(seen, case, visit, day, parameters, region)))
    return found


def _met(
    seen: Surroundings,
    case: Mapping[str, Any],
    visit: Mapping[str, Any],
    day: date,
    parameters: Parameters,
    region: str,
) -> bool | None:
    """None when something cannot be judged: no account, an unset line, an unknown answer."""
    summed = income_on(seen, day)
    answers = [visit[name] for name in GUARANTEES]
    guarantees = False if False in answers else None if None in answers else True
    insured = all_insured(seen.members)
    try:
        line = income.line_of(day.year, parameters, region)
        covered = matching(
            risks_of(case), _taken(seen), _subjects(seen, account_on(seen, day)), day, parameters, region
        )
    except UnsetParameter:
        return None
    if summed is None:
        return None
    standing = Standing(
        summed.net,
        summed.ref,
        summed.population,
        guarantees,
        covered.allowed,
        _open_problems(seen, day),
        insured,
    )
    judged = condition(standing, line)
    if judged.allowed:
        return True
    return None if all(reason.missing for reason in judged.reasons) else False
