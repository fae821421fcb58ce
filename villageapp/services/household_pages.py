"""One household with everything that is known of it, as plain values for a page or a printout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, select

from villageapp.domain import codes, dates, id_card
from villageapp.domain.fields import show
from villageapp.domain.household import no_labour_whole
from villageapp.domain.member import HEAD
from villageapp.domain.problem import standing
from villageapp.domain.visit import BASIC_NEEDS, CHANGES, GUARANTEES, VISIT
from villageapp.errors import NotFound
from villageapp.models.records import Cadre, Household, Measure, Member, ProblemItem, Visit
from villageapp.services.problems import overdue_days
from villageapp.sync.clock import instant

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_household, _cadre = Household.__table__.c, Cadre.__table__.c
_ONE = select(Household.__table__).where(_household.id == bindparam("id"), _household.deleted.is_(False))
_CADRES = select(_cadre.id, _cadre.name)
"""Names of deleted cadres too: old visits keep their visitors."""


def _own(cls: type[Member] | type[Visit] | type[Measure] | type[ProblemItem], *order: str) -> Any:
    table = cls.__table__
    sort = [table.c[name.removeprefix("-")] for name in order]
    turned = [column.desc() if name[0] == "-" else column for column, name in zip(sort, order, strict=True)]
    mine = table.c.household_id == bindparam("id")
    return select(table).where(mine, table.c.deleted.is_(False)).order_by(*turned)


_MEMBERS = _own(Member, "birth_date", "id")
_VISITS = _own(Visit, "-started_at", "-id")
_MEASURES = _own(Measure, "-year", "group", "item", "id")
_PROBLEMS = _own(ProblemItem, "-reported_on", "-id")


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that happened to the household."""

    at: datetime
    """Aware UTC; things known by day only stand at noon in China."""
    kind: str
    """Entity: household, member, visit, measure or problem."""
    title: str
    text: str
    by: str
    """Name of the person who entered it, empty when unknown."""
    record_id: str


@dataclass(frozen=True, slots=True)
class HouseholdPage:
    """Values are clean values of the forms, by field name, with ``id`` and the technical columns."""

    id: str
    values: dict[str, Any]
    head_name: str
    no_labour_whole: bool | None
    members: list[dict[str, Any]]
    """Head first; also ``age``, ``id_no_masked`` and ``active`` (not left)."""
    measures: list[dict[str, Any]]
    """Also ``member_name`` and ``responsible_name``."""
    visits: list[dict[str, Any]]
    """Newest first; also ``visitor_names``."""
    problems: list[dict[str, Any]]
    """Newest first; also ``standing`` (Standing), ``overdue_days`` and ``owner_name``."""
    cadres: dict[str, str]
    """Names by id, for every reference on the page."""
    timeline: list[TimelineEntry]
    """Newest first."""
    next_visit_on: date | None = None
    """Set by hand on the household, else what the latest visit planned."""


def page(work: Workspace, household_id: str) -> HouseholdPage:
    """Everything about one household. Raises NotFound."""
    with work.reading() as connection:
        found = connection.execute(_ONE, {"id": household_id}).mappings().first()
        if found is None:
            raise NotFound("没有找到这一户。", remedy="它可能已被删除，请刷新列表。")
        members, measures, visits, problems = (
            _rows(connection, statement, household_id)
            for statement in (_MEMBERS, _MEASURES, _VISITS, _PROBLEMS)
        )
        cadres = {row[0]: row[1] or "" for row in connection.execute(_CADRES)}
    values, today = dict(found), work.today()
    members = _with_ages(members, values["head_member_id"], today)
    _name_people(measures, visits, problems, cadres, {m["id"]: m["name"] for m in members})
    for item in problems:
        item["standing"] = standing(item, today, work.parameters)
        item["overdue_days"] = overdue_days(item, today)
    active = [m for m in members if m["active"]]
    head = active[0]["name"] if active else ""
    timeline = _timeline(
        values=values, members=members, measures=measures, visits=visits, problems=problems, cadres=cadres
    )
    labour = no_labour_whole(m["labour"] for m in active)
    return HouseholdPage(
        household_id,
        values,
        head,
        labour,
        members,
        measures,
        visits,
        problems,
        cadres,
        timeline,
        values["next_visit_on"] or next((v["next_visit_on"] for v in visits if v["next_visit_on"]), None),
    )


def _rows(connection: Connection, statement: Any, household_id: str) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(statement, {"id": household_id}).mappings()]


def _with_ages(members: list[dict[str, Any]], head_id: str | None, today: date) -> list[dict[str, Any]]:
    for member in members:
        birth = member["birth_date"]
        member["age"] = None if birth is None else dates.age(birth, today)
        member["id_no_masked"] = id_card.masked(member["id_no"]) if member["id_no"] else ""
        member["active"] = member["left_on"] is None
    return sorted(members, key=lambda m: (not m["active"], m["id"] != head_id, m["relation"] != HEAD))


def _name_people(
    measures: Iterable[dict[str, Any]],
    visits: Iterable[dict[str, Any]],
    problems: Iterable[dict[str, Any]],
    cadres: Mapping[str, str],
    members: Mapping[str, str],
) -> None:
    for measure in measures:
        measure["member_name"] = members.get(measure["member_id"] or "", "")
        measure["responsible_name"] = cadres.get(measure["responsible_id"] or "", "")
    for visit in visits:
        visit["visitor_names"] = [cadres.get(visitor, "") for visitor in visit["visitors"] or ()]
    for item in problems:
        item["owner_name"] = cadres.get(item["owner_id"] or "", "")


def _timeline(
    *,
    values: Mapping[str, Any],
    members: Iterable[Mapping[str, Any]],
    measures: Iterable[Mapping[str, Any]],
    visits: Iterable[Mapping[str, Any]],
    problems: Iterable[Mapping[str, Any]],
    cadres: Mapping[str, str],
) -> list[TimelineEntry]:
    groups = codes.code_list("CL_MEASURE_GROUP")

    def entry(kind: str, at: datetime | None, title: str, text: str, record: Mapping[str, Any]) -> None:
        moment = at or instant(record["created_hlc"])
        by = cadres.get(record["created_by"], "")
        found.append(TimelineEntry(moment, kind, title, text, by, record["id"]))

    found: list[TimelineEntry] = []
    entry("household", None, "建立户档案", "", values)
    for visit in visits:
        entry("visit", visit["started_at"], _visit_title(visit), visit_text(visit), visit)
    for measure in measures:
        started = _noon(measure["start_on"] or measure["planned_on"])
        entry("measure", started, groups.label(measure["group"] or ""), measure["title"] or "", measure)
    for item in problems:
        for at, title in _steps(item):
            entry("problem", at, title, item["title"] or "", item)
    for member in members:
        for field, title in (("joined_on", "成员增加"), ("left_on", "成员减少")):
            if member[field] is not None:
                entry("member", _noon(member[field]), title, member["name"] or "", member)
    return sorted(found, key=lambda e: e.at, reverse=True)


def _steps(item: Mapping[str, Any]) -> list[tuple[datetime | None, str]]:
    named = (("solved_on", "问题解决"), ("closed_on", "问题销号"))
    later = [(_noon(item[field]), title) for field, title in named if item[field] is not None]
    return [(_noon(item["reported_on"]), "发现问题"), *later]


def _noon(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(12), dates.CHINA)


def _visit_title(visit: Mapping[str, Any]) -> str:
    kind, result = show(VISIT["kind"], visit["kind"]), show(VISIT["result"], visit["result"])
    return f"{kind}（{result}）" if result else kind


_TOLD = ("difficulty", "demand", "help_done", "note")


def visit_text(visit: Mapping[str, Any]) -> str:
    """One visit in a line: changes, answers that were 否, what was said and done."""
    parts = [f"{VISIT[name].label}：{visit[f'{name}_note'] or '有'}" for name in CHANGES if visit[name]]
    parts += [
        f"{VISIT[name].label}：否" + (f"（{visit[f'{name}_note']}）" if visit[f"{name}_note"] else "")
        for name in (*GUARANTEES, *BASIC_NEEDS)
        if visit[name] is False
    ]
    parts += [f"{VISIT[name].label}：{visit[name]}" for name in _TOLD if visit[name]]
    return "；".join(" ".join(part.split()).rstrip("。；;") for part in parts)
