"""One household with everything recorded about it, as the rules of the check-up see it.

Records are mappings under the names of their forms, with ``id``; None is unknown. Only records that are not
deleted are given, and of the members only those who are still here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from villageapp.domain import dates, household, medical
from villageapp.domain.household import NOT_MONITORED, POOR_BEFORE
from villageapp.domain.income import Income
from villageapp.domain.income_account import income_of
from villageapp.domain.income_subjects import SubjectTable
from villageapp.domain.income_subjects import shipped as shipped_subjects
from villageapp.domain.member import HEAD, MEMBER
from villageapp.domain.monitoring_case import risks_of
from villageapp.domain.monitoring_exit import Moment
from villageapp.domain.monitoring_facts import IDENTIFIED_STATES, OPEN_STATES, Around, Case, State
from villageapp.domain.parameters import PROVINCE, Parameters
from villageapp.domain.problem import OPEN_STATES as OPEN_PROBLEM_STATES
from villageapp.domain.risk_measures import MeasureTaken
from villageapp.domain.stability import FollowUp
from villageapp.errors import Problem

Record = Mapping[str, Any]
NO_WORK = "其他"
"""Code of CL_WORKING for who does not work for wages (务农, 无)."""

POSTS, RUNNING = "M04", "实施中"
"""公益岗位帮扶 in CL_MEASURE_GROUP, and the state of a measure that goes on."""


@dataclass(frozen=True)
class Setting:
    """What the whole village has in common: the day, the thresholds, the cadres."""

    on: date
    parameters: Parameters
    subjects: SubjectTable = field(default_factory=shipped_subjects)
    region: str = PROVINCE
    cadres: Mapping[str, Record] = field(default_factory=dict)
    """By id; a duty person who is not in here is gone."""


@dataclass(frozen=True)
class HouseholdFacts:
    """One household; ``accounts`` carry their ``lines``, ``problems`` are those still open."""

    household: Record
    members: Sequence[Record] = ()
    measures: Sequence[Record] = ()
    problems: Sequence[Record] = ()
    employment: Sequence[Record] = ()
    accounts: Sequence[Record] = ()
    cases: Sequence[Record] = ()
    loans: Sequence[Record] = ()
    posts: Sequence[Record] = ()
    consents: Sequence[Record] = ()
    last_visit_on: date | None = None
    """The last visit that counts for 遍访率."""
    twins: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Names of other people who are here under the same ID number, by member id."""
    same_number: int = 0
    """Other households with the same 户编号."""
    incomplete: Sequence[tuple[str, str, str]] = ()
    """Records that lack what no rule can do without, left out above: id, field, what it is and lacks in Chinese."""

    @property
    def id(self) -> str:
        """The household's record id."""
        return str(self.household["id"])

    def get(self, name: str) -> Any:
        """A field of the household."""
        return self.household.get(name)

    @cached_property
    def by_member(self) -> Mapping[str, Record]:
        """Active members by id."""
        return {member["id"]: member for member in self.members}

    @cached_property
    def heads(self) -> Sequence[Record]:
        """Members whose relation is 户主."""
        return [member for member in self.members if member.get("relation") == HEAD]

    @cached_property
    def member_problems(self) -> Sequence[tuple[Record, Problem]]:
        """What the rules of the member form say about the stored members."""
        return [(m, found) for m in self.members for rule in MEMBER.rules for found in rule(m)]

    @cached_property
    def labours(self) -> tuple[str | None, ...]:
        """CL_LABOUR of every active member."""
        return tuple(member.get("labour") for member in self.members)

    @cached_property
    def no_labour_whole(self) -> bool | None:
        """整户无劳动能力, computed."""
        return household.no_labour_whole(self.labours)

    @property
    def category(self) -> str:
        """CL_MON_CAT, 0 when unknown."""
        return self.get("monitoring_category") or NOT_MONITORED

    @property
    def is_poor_before(self) -> bool:
        """Whether it is a 脱贫户."""
        return bool(self.get("household_type") == POOR_BEFORE)

    @property
    def monitored(self) -> bool:
        """A monitored object whose risk stands."""
        return household.is_monitored(self.category, self.get("risk_eliminated"))

    @property
    def eliminated(self) -> bool:
        """A monitored object whose risk is marked 已消除."""
        return self.category != NOT_MONITORED and self.get("risk_eliminated") is True

    @cached_property
    def open_cases(self) -> Sequence[Record]:
        """Files that are not closed."""
        return [case for case in self.cases if case.get("state") in OPEN_STATES]

    @cached_property
    def identified_case(self) -> Record | None:
        """The file of the household as a monitored object whose risk stands."""
        return next((c for c in self.open_cases if c.get("state") in IDENTIFIED_STATES), None)

    @cached_property
    def risks(self) -> tuple[str, ...]:
        """Risks that stand (CL_RISK): those of the file, else those of the national export."""
        if self.identified_case is not None:
            return risks_of(self.identified_case)
        return tuple(self.get("risks") or ()) if self.monitored else ()

    @cached_property
    def identified(self) -> Moment | None:
        """When it was identified: the day of the file, else the month of the national export."""
        case = self.identified_case or {}
        moment: Moment | None = (
            case.get("identified_on") or case.get("identified_ym") or self.get("identified_ym")
        )
        return moment

    @cached_property
    def taken(self) -> tuple[MeasureTaken, ...]:
        """The measures as the rules of monitoring see them."""
        return tuple(
            MeasureTaken(m["item"] or "", m["status"] or "", m.get("start_on"), m.get("risk_code"))
            for m in self.measures
        )

    @cached_property
    def account(self) -> Record | None:
        """The newest income account; of two of one year the one over the survey period."""
        return max(self.accounts, key=lambda a: (a["income_year"], a["basis"] or ""), default=None)

    def works(self, member: Record, on: date) -> bool:
        """Whether the member is recorded as working for wages on that day."""
        if member.get("working") not in (None, NO_WORK):
            return True
        return any(spell["member_id"] == member["id"] and runs(spell, on) for spell in self.employment)

    @cached_property
    def post_measures(self) -> Sequence[Record]:
        """Running measures that are public posts."""
        return [m for m in self.measures if m.get("group") == POSTS and m.get("status") == RUNNING]

    @cached_property
    def has_employment(self) -> bool:
        """Whether any work for wages is recorded: a spell, the export's columns, a public post."""
        exported = any(m.get("working") not in (None, NO_WORK) or m.get("work_months") for m in self.members)
        spells = any(spell.get("working") is not False for spell in self.employment)
        return exported or spells or bool(self.posts or self.post_measures)

    @cached_property
    def all_insured(self) -> bool | None:
        """Whether every active member has a basic medical insurance."""
        return medical.all_insured(
            (m.get("med_insurance_resident"), m.get("med_insurance_employee")) for m in self.members
        )

    def open_problem(self, category: str) -> Record | None:
        """An open problem item of that category (CL_PROBLEM_CAT)."""
        return next((p for p in self.problems if p.get("category") == category), None)

    def case_of(self, values: Record, setting: Setting) -> Case:
        """A file as the state machine sees it."""
        consent = max((c["signed_on"] for c in self.consents if c.get("signed_on")), default=None)
        visits = () if self.last_visit_on is None else (FollowUp(self.last_visit_on, None),)
        around = Around(
            setting.on,
            self.get("household_type"),
            consent,
            self.taken,
            frozenset(),
            visits,
            sum(problem.get("state") in OPEN_PROBLEM_STATES for problem in self.problems),
            self.all_insured,
            self.no_labour_whole,
            not self.members,
            setting.region,
        )
        return Case(State(values["state"]), values, around)


def runs(spell: Record, on: date) -> bool:
    """Whether an employment spell goes on in the month of that day."""
    month = f"{on:%Y-%m}"
    if spell.get("working") is False or not spell.get("start_ym") or spell["start_ym"] > month:
        return False
    return spell.get("end_ym") is None or spell["end_ym"] >= month


def age_of(member: Record, on: date) -> int | None:
    """Completed years, None while the birth date is unknown or lies ahead."""
    birth = member.get("birth_date")
    return None if birth is None or birth > on else dates.age(birth, on)


def aged(facts: HouseholdFacts, on: date) -> Iterator[tuple[Record, int]]:
    """Members whose age is known."""
    for member in facts.members:
        years = age_of(member, on)
        if years is not None:
            yield member, years


def added_up(account: Record, setting: Setting) -> Income | None:
    """The account added up; None when it has no lines yet. Raises ValueError (Chinese) for a broken one."""
    return income_of(account, account["lines"], setting.subjects) if account["lines"] else None
