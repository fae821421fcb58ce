"""Findings as people read them: whose, how urgent, what to do, and what was explained away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, select

from villageapp.domain.checkup import BY_ID, LEVELS, ORDER, Finding, Level
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Explanation, Household, Member
from villageapp.services.groups import group_order

_MOST_AT_ONCE = 500
_RANK = {level: rank for rank, level in enumerate(LEVELS)}


@dataclass(frozen=True, slots=True)
class ReportedFinding:
    """One line of the check-up. One of level UNSET stands for all households that a rule could not judge."""

    finding: Finding
    household_no: str
    group: str
    head: str
    member: str
    """Name of the person concerned, empty when it is the household."""
    title: str
    source: str
    households: int = 1
    """How many households it stands for."""
    reason: str = ""
    """Why it is right as it is; of an open finding, what was said when the facts were different."""
    explained_on: date | None = None

    @property
    def severity(self) -> Level:
        """How much it matters."""
        return self.finding.severity


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check-up says, the most urgent first, then by group and head."""

    on: date
    findings: tuple[ReportedFinding, ...]
    explained: tuple[ReportedFinding, ...] = ()
    """Findings that somebody explained; they come back when the facts change."""
    households: int = 0
    """Households looked at."""

    def count(self, level: Level) -> int:
        """How many open findings of that level."""
        return sum(reported.severity is level for reported in self.findings)


@dataclass(frozen=True, slots=True)
class _Home:
    number: str
    group: str
    head: str
    key: str


def report(connection: Connection, on: date, findings: Sequence[Finding], households: int) -> CheckReport:
    """The findings with names, split into open and explained."""
    judged = [finding for finding in findings if finding.severity is not Level.UNSET]
    homes = _homes(connection, {finding.household_id for finding in judged})
    names = _names(connection, {finding.member_id for finding in judged if finding.member_id})
    said = _explanations(connection)
    found: list[tuple[tuple[object, ...], ReportedFinding, bool]] = []
    for finding in judged:
        home = homes.get(finding.household_id, _Home("", "", "", ""))
        facts, reason, day = said.get(finding.key, ("", "", None))
        order = (_RANK[finding.severity], group_order(home.group), home.key, finding.household_id)
        line = _line(finding, home, names.get(finding.member_id, ""), reason, day)
        found.append(((*order, ORDER[finding.rule], finding.key), line, facts == finding.facts))
    found.sort(key=lambda entry: entry[0])
    return CheckReport(
        on,
        (*(line for _, line, explained in found if not explained), *_unset(findings)),
        tuple(line for _, line, explained in found if explained),
        households,
    )


def _line(finding: Finding, home: _Home, member: str, reason: str, day: date | None) -> ReportedFinding:
    check = BY_ID[finding.rule]
    place = (home.number, home.group, home.head, member, check.title, check.source)
    return ReportedFinding(finding, *place, reason=reason, explained_on=day)


def _unset(findings: Iterable[Finding]) -> Iterable[ReportedFinding]:
    """One line for each rule that could not judge, however many households it concerns."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.severity is Level.UNSET:
            by_rule.setdefault(finding.rule, []).append(finding)
    for rule in sorted(by_rule, key=ORDER.__getitem__):
        first = min(by_rule[rule], key=lambda finding: (finding.message, finding.household_id))
        whole = replace(
            first, household_id="", record_id="", message=f"{first.message}（涉及 {len(by_rule[rule])} 户）"
        )
        check = BY_ID[rule]
        yield ReportedFinding(whole, "", "", "", "", check.title, check.source, len(by_rule[rule]))


def _homes(connection: Connection, ids: set[str]) -> Mapping[str, _Home]:
    summary, household = HouseholdSummary.__table__.c, Household.__table__.c
    statement = select(
        household.id,
        household.national_hh_no,
        summary.group_name,
        summary.head_name,
        summary.head_key,
    ).join_from(
        Household.__table__, HouseholdSummary.__table__, summary.household_id == household.id, isouter=True
    )
    if len(ids) <= _MOST_AT_ONCE:
        statement = statement.where(household.id.in_(sorted(ids)))
    return {row[0]: _Home(*(value or "" for value in row[1:])) for row in connection.execute(statement)}


def _names(connection: Connection, ids: set[str]) -> Mapping[str, str]:
    member = Member.__table__.c
    statement = select(member.id, member.name)
    if len(ids) <= _MOST_AT_ONCE:
        statement = statement.where(member.id.in_(sorted(ids)))
    return {row[0]: row[1] or "" for row in connection.execute(statement)}


_Said = tuple[str, str, date | None]


def _explanations(connection: Connection) -> Mapping[tuple[str, str, str, str], _Said]:
    columns = Explanation.__table__.c
    found = connection.execute(
        select(
            columns.household_id,
            columns.rule,
            columns.record_id,
            columns.field,
            columns.facts,
            columns.reason,
            columns.explained_on,
        ).where(columns.deleted.is_(False))
    )
    return {(row[0], row[1], row[2], row[3] or ""): (row[4], row[5], row[6]) for row in found}
