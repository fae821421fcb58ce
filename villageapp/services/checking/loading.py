"""Facts for the check-up from the store: one statement for each table, for the village or for some households."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, func, select

from villageapp.domain.checkup import HouseholdFacts, RememberedParameters, RememberedSubjects, Setting
from villageapp.domain.fields import Form
from villageapp.domain.income_subjects import shipped as shipped_subjects
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.domain.monitoring_facts import State
from villageapp.domain.parameters import PROVINCE, Parameters
from villageapp.domain.problem import OPEN_STATES
from villageapp.models.base import Synced
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import (
    Cadre,
    Consent,
    Employment,
    Household,
    IncomeAccount,
    IncomeLine,
    Loan,
    Measure,
    Member,
    MonitoringCase,
    ProblemItem,
    PublicPost,
    Village,
)

Rows = list[dict[str, Any]]
ASSET_CHECK = "2"
"""CL_CONSENT: 家庭经济状况核查授权承诺."""
_HOUSEHOLD_NOT_ASKED = frozenset(
    {"natural_village", "address", "bank_name", "bank_account", "tv", "fuel", "distance_km", "note"}
)
_MEMBER = (
    "household_id name id_type id_no disability_card_no disability_category disability_level sex birth_date relation"
    " nation education student_status dropout_reason health labour working work_months med_insurance_resident"
    " med_insurance_employee critical_illness_ins is_dibao is_tekun is_relocated is_orphan is_unattended_child phone"
    " joined_on"
).split()
_MEASURE = (
    "household_id member_id group item year title risk_code planned_on start_on end_on amount status"
).split()
_PROBLEM = "household_id category title state".split()
_SPELL = "household_id member_id working channel industry employer start_ym end_ym transport_subsidy".split()
_ACCOUNT = (
    "household_id income_year basis period_start period_end population claim_income compliant_oop"
    " last_year_per_capita status"
).split()
_LINE = "household_id account_id subject_code person_id qty unit_price amount counts".split()
_LOAN = (
    "household_id member_id principal outstanding rate_bp start_on due_on purpose extra extra_reason status"
).split()
_POST = "household_id member_id agreement_start agreement_end override_reason".split()
_CONSENT = "household_id signed_on".split()
_CASE_STATES = frozenset(State)
_MOST_AT_ONCE = 500
"""More households than this are loaded by whole tables."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The households to load; None is the village."""

    ids: frozenset[str] | None = None

    def within(self, column: ColumnElement[str]) -> list[ColumnElement[bool]]:
        """The condition for a table's household column."""
        return [] if self.ids is None else [column.in_(sorted(self.ids))]


def setting_of(connection: Connection, on: date, parameters: Parameters) -> Setting:
    """What all households have in common on that day."""
    code = connection.execute(select(Village.__table__.c.code)).scalar()
    names = ("name", "term_end")
    cadres = {row["id"]: row for row in _rows(connection, Cadre, names, Scope())}
    return Setting(
        on,
        RememberedParameters(parameters),
        RememberedSubjects(shipped_subjects()),
        code or PROVINCE,
        cadres,
    )


def load(connection: Connection, ids: frozenset[str] | None = None) -> Iterator[HouseholdFacts]:
    """Facts of all households that are not deleted, or of those among ``ids``."""
    scope = Scope(None if ids is not None and len(ids) > _MOST_AT_ONCE else ids)
    households = [f.name for f in Household.form.fields if f.name not in _HOUSEHOLD_NOT_ASKED]
    wanted = [
        row for row in _rows(connection, Household, households, scope) if ids is None or row["id"] in ids
    ]
    around = _Around(connection, scope)
    known = {row["id"] for row in wanted}
    twins = _twins(connection, around.members, scope, known)
    numbers = _numbers(connection, wanted, scope)
    for household in wanted:
        yield around.facts(household, twins, numbers.get(household["national_hh_no"], 1) - 1)


class _Around:
    """Rows of every table by household; of what is incomplete it keeps what it lacks."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self.incomplete: dict[str, list[tuple[str, str, str]]] = defaultdict(list)

        def complete(cls: type[Synced], names: Sequence[str], *where: Any) -> Rows:
            rows = _rows(connection, cls, names, scope, *where)
            return [row for row in rows if self._is_complete(cls.form, row)]

        def grouped(cls: type[Synced], names: Sequence[str], *where: Any) -> Mapping[str, Rows]:
            return _by(complete(cls, names, *where), "household_id")

        consents, problems = Consent.__table__.c, ProblemItem.__table__.c
        self.members = _by(_members(connection, scope), "household_id")
        self.measures = grouped(Measure, _MEASURE)
        self.problems = grouped(ProblemItem, _PROBLEM, problems.state.in_(sorted(OPEN_STATES)))
        self.employment = grouped(Employment, _SPELL)
        self.cases = grouped(MonitoringCase, [f.name for f in MONITORING_CASE.fields])
        self.loans = grouped(Loan, _LOAN)
        self.posts = grouped(PublicPost, _POST)
        self.consents = grouped(
            Consent, _CONSENT, consents.kind == ASSET_CHECK, consents.withdrawn_on.is_(None)
        )
        self.accounts = grouped(IncomeAccount, _ACCOUNT)
        self.lines = _by(complete(IncomeLine, _LINE), "account_id")
        self.visited = _last_visits(connection, scope)

    def _is_complete(self, form: Form, row: Mapping[str, Any]) -> bool:
        """Whether the record has what its form requires; a merge of laptops may have left it without."""
        lacking = [f for f in form.fields if f.required and f.name in row and row[f.name] in (None, "")]
        if form is MONITORING_CASE and row["state"] not in _CASE_STATES:
            lacking = [form["state"]]
        if lacking and row["household_id"]:
            labels = "、".join(field.label for field in lacking)
            told = f"{form.title}缺少或不认识：{labels}"
            self.incomplete[row["household_id"]].append((row["id"], lacking[0].name, told))
        return not lacking

    def facts(
        self, household: Mapping[str, Any], twins: Mapping[str, Sequence[str]], same_number: int
    ) -> HouseholdFacts:
        """One household with everything around it."""
        key = household["id"]
        members = self.members.get(key, [])
        accounts = [{**a, "lines": self.lines.get(a["id"], [])} for a in self.accounts.get(key, [])]
        return HouseholdFacts(
            household,
            members,
            self.measures.get(key, []),
            self.problems.get(key, []),
            self.employment.get(key, []),
            accounts,
            self.cases.get(key, []),
            self.loans.get(key, []),
            self.posts.get(key, []),
            self.consents.get(key, []),
            self.visited.get(key),
            {m["id"]: twins[m["id"]] for m in members if m["id"] in twins},
            same_number,
            self.incomplete.get(key, ()),
        )


def _members(connection: Connection, scope: Scope) -> Rows:
    """Those who are here; a name that is missing is empty."""
    rows = _rows(connection, Member, _MEMBER, scope, Member.__table__.c.left_on.is_(None))
    for row in rows:
        row["name"] = row["name"] or ""
    return rows


def _rows(
    connection: Connection, cls: type[Synced], names: Sequence[str], scope: Scope, *where: ColumnElement[bool]
) -> Rows:
    columns = cls.__table__.c
    key = columns.id if cls is Household else columns.get("household_id")
    within = [] if key is None else scope.within(key)
    found = connection.execute(
        select(columns.id, *(columns[name] for name in names)).where(
            columns.deleted.is_(False), *within, *where
        )
    )
    keys = ("id", *names)
    return [dict(zip(keys, row, strict=True)) for row in found]


def _by(rows: Rows, name: str) -> Mapping[str, Rows]:
    grouped: dict[str, Rows] = defaultdict(list)
    for row in rows:
        grouped[row[name]].append(row)
    return grouped


def _last_visits(connection: Connection, scope: Scope) -> Mapping[str, date]:
    """The last counted visit of each household, from the list columns that every change keeps."""
    columns = HouseholdSummary.__table__.c
    found = connection.execute(
        select(columns.household_id, columns.last_visit_on).where(
            columns.last_visit_on != "", *scope.within(columns.household_id)
        )
    )
    return {row[0]: date.fromisoformat(row[1]) for row in found}


def _twins(
    connection: Connection, members: Mapping[str, Rows], scope: Scope, households: set[str]
) -> Mapping[str, Sequence[str]]:
    """Names of others who are here under the same ID number, by member id."""
    own = [m for key, rows in members.items() if key in households for m in rows if m["id_no"]]
    people: Sequence[tuple[str, str, str]] = [(m["id"], m["name"], m["id_no"]) for m in own]
    if scope.ids is not None:
        people = _people(connection, sorted({number for _, _, number in people}))
    by_number: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for member_id, name, number in people:
        by_number[number].append((member_id, name))
    return {
        m["id"]: [name for other, name in by_number[m["id_no"]] if other != m["id"]]
        for m in own
        if len(by_number[m["id_no"]]) > 1
    }


def _people(connection: Connection, numbers: Sequence[str]) -> Sequence[Any]:
    member, household = Member.__table__.c, Household.__table__.c
    return connection.execute(
        select(member.id, member.name, member.id_no)
        .join_from(Member.__table__, Household.__table__, household.id == member.household_id)
        .where(
            member.id_no.in_(numbers),
            member.deleted.is_(False),
            member.left_on.is_(None),
            household.deleted.is_(False),
        )
    ).all()


def _numbers(connection: Connection, households: Rows, scope: Scope) -> Mapping[str, int]:
    """How many households have each 户编号."""
    columns = Household.__table__.c
    within = []
    if scope.ids is not None:
        own = sorted({h["national_hh_no"] for h in households if h["national_hh_no"]})
        within = [columns.national_hh_no.in_(own)]
    found = connection.execute(
        select(columns.national_hh_no, func.count())
        .where(columns.deleted.is_(False), columns.national_hh_no.is_not(None), *within)
        .group_by(columns.national_hh_no)
    )
    return {row[0]: row[1] for row in found}


def neighbours(connection: Connection, ids: frozenset[str]) -> frozenset[str]:
    """Households that share an ID number or a 户编号 with these: what is found in them may change too."""
    member, household = Member.__table__, Household.__table__
    others = _shared(connection, member, member.c.household_id, member.c.id_no, ids)
    return others | _shared(connection, household, household.c.id, household.c.national_hh_no, ids)


def _shared(
    connection: Connection,
    table: FromClause,
    key: ColumnElement[str],
    number: ColumnElement[str],
    ids: frozenset[str],
) -> frozenset[str]:
    own = select(number).where(key.in_(sorted(ids)), number.is_not(None), table.c.deleted.is_(False))
    found = connection.execute(select(key).where(number.in_(own), table.c.deleted.is_(False)))
    return frozenset(found.scalars())
