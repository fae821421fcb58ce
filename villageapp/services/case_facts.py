"""What the records of a household say about its monitoring case on one day (domain.md 2.6, R-MON-8, R-MON-10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from villageapp.domain import dates, income, income_subjects
from villageapp.domain.household import no_labour_whole
from villageapp.domain.income import Income
from villageapp.domain.income_account import income_of
from villageapp.domain.judgement import Judgement, Reason, together
from villageapp.domain.monitoring_case import risks_of
from villageapp.domain.monitoring_facts import Around, Case, State
from villageapp.domain.parameters import Parameters, UnsetParameter
from villageapp.domain.problem import OPEN_STATES
from villageapp.domain.risk_measures import MeasureTaken, matching
from villageapp.domain.stability import RULE, FollowUp, Standing, condition
from villageapp.domain.visit import GUARANTEES, counts_as_coverage
from villageapp.errors import NotFound
from villageapp.models.base import Synced
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


_AT_ONCE = 500
"""Households per query."""
_AROUND: Mapping[type[Synced], tuple[str, ...]] = {
    Member: ("household_id", "labour", "left_on", "med_insurance_resident", "med_insurance_employee"),
    Measure: ("household_id", "item", "status", "start_on", "risk_code"),
    ProblemItem: ("household_id", "state", "reported_on", "closed_on"),
    Visit: ("household_id", "started_at", "result", *GUARANTEES),
    IncomeAccount: (
        *("id", "household_id", "income_year", "period_start", "period_end", "population"),
        *("claim_income", "compliant_oop"),
    ),
    IncomeLine: ("household_id", "account_id", "subject_code", "amount", "counts"),
    Consent: ("household_id", "kind", "signed_on", "withdrawn_on"),
}
"""What is read around a household, and of it only what the rules ask."""


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
    """Everything around the household; the session's unsaved changes included. Raises NotFound."""
    found = read_many(session, [household_id]).get(household_id)
    if found is None:
        raise NotFound("没有找到这一户。", remedy="它可能已被删除，请刷新后再试。")
    return found


def read_many(session: Session, household_ids: Sequence[str]) -> dict[str, Surroundings]:
    """The same for many households, each table read once; unknown households are left out."""
    if session.new or session.dirty:
        session.flush()
    found: dict[str, Surroundings] = {}
    for start in range(0, len(household_ids), _AT_ONCE):
        found |= _read_some(session, household_ids[start : start + _AT_ONCE])
    return found


def _read_some(session: Session, ids: Sequence[str]) -> dict[str, Surroundings]:
    home = Household.__table__
    homes = {
        row["id"]: dict(row) for row in session.execute(select(home).where(home.c.id.in_(ids))).mappings()
    }
    rows = {cls: _by_household(session, cls, ids) for cls in _AROUND}
    return {
        household: Surroundings(
            values,
            [m for m in rows[Member].get(household, ()) if m["left_on"] is None],
            rows[Measure].get(household, ()),
            rows[ProblemItem].get(household, ()),
            sorted(rows[Visit].get(household, ()), key=lambda visit: visit["started_at"]),
            rows[IncomeAccount].get(household, ()),
            _by_account(rows[IncomeLine].get(household, ())),
            rows[Consent].get(household, ()),
        )
        for household, values in homes.items()
    }


_Row = Mapping[str, Any]


def _by_household(session: Session, cls: type[Synced], ids: Sequence[str]) -> dict[str, list[_Row]]:
    columns = cls.__table__.c
    wanted = [columns[name] for name in _AROUND[cls]]
    statement = select(*wanted).where(columns.household_id.in_(ids), columns.deleted.is_(False))
    found: dict[str, list[_Row]] = {}
    for row in session.execute(statement).mappings():
        found.setdefault(row["household_id"], []).append(dict(row))
    return found


def _by_account(lines: Iterable[_Row]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for line in lines:
        found.setdefault(line["account_id"], []).append(line)
    return found


def case_of(seen: Surroundings, values: Mapping[str, Any], today: date, parameters: Parameters) -> Case:
    """The case with these values among what is around its household, as of that day."""
    return Case(State(values["state"]), values, around(seen, values, today, parameters))


def nothing_known(today: date) -> Around:
    """Surroundings for a question about the case alone."""
    return Around(today)


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
    return [
        FollowUp(day, _met(_condition(seen, case, visit, day, parameters, region)))
        for day, visit in _followed(seen, case)
    ]


def _followed(seen: Surroundings, case: Mapping[str, Any]) -> list[tuple[date, Mapping[str, Any]]]:
    since = identified_since(case)
    dated = [(dates.local_day(visit["started_at"]), visit) for visit in seen.visits]
    return [
        (day, visit)
        for day, visit in dated
        if since is not None and day >= since and counts_as_coverage(visit["result"])
    ]


def last_follow_up(
    seen: Surroundings, case: Mapping[str, Any], parameters: Parameters
) -> tuple[date, Judgement] | None:
    """The newest follow-up and what R-MON-10 said of it, with the reasons; None without a follow-up."""
    followed = _followed(seen, case)
    if not followed:
        return None
    day, visit = followed[-1]
    return day, _condition(seen, case, visit, day, parameters, seen.household["region_code"] or "")


def identified_since(case: Mapping[str, Any]) -> date | None:
    """The first day on which the household counts as identified; a month alone counts from its first day."""
    month = case.get("identified_ym")
    day: date | None = case.get("identified_on")
    return day or (date.fromisoformat(f"{month}-01") if month else None)


def _condition(
    seen: Surroundings,
    case: Mapping[str, Any],
    visit: Mapping[str, Any],
    day: date,
    parameters: Parameters,
    region: str,
) -> Judgement:
    """R-MON-10 on the day of a follow-up; what is unknown or unset is a reason that misses something."""
    summed = income_on(seen, day)
    answers = [visit[name] for name in GUARANTEES]
    try:
        line = income.line_of(day.year, parameters, region)
        covered = matching(
            risks_of(case), _taken(seen), _subjects(seen, account_on(seen, day)), day, parameters, region
        )
    except UnsetParameter as unset:
        return Judgement(RULE, (Reason(RULE, unset.message, missing=(income.LINE,)),))
    facts = Standing(
        summed.net if summed else None,
        summed.ref if summed else None,
        summed.population if summed else 1,
        False if False in answers else None if None in answers else True,
        covered.allowed,
        _open_problems(seen, day),
        all_insured(seen.members),
    )
    return together(RULE, (condition(facts, line), Judgement(covered.rule, covered.reasons)))


def _met(judged: Judgement) -> bool | None:
    """None when nothing is known to be broken but something is unknown."""
    if judged.allowed:
        return True
    return None if all(reason.missing for reason in judged.reasons) else False
