"""The monthly bulletin (月通报) of a division, counted from the projected records: households, visits and
遍访率 (R-VIS-1), and the course of problem items (R-PRB-7), village by village.

It names no person: a bulletin goes through many hands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from villageapp.domain import dates
from villageapp.domain.coverage import Met, coverage
from villageapp.domain.field_values import from_wire
from villageapp.domain.fields import Form
from villageapp.domain.household import HOUSEHOLD, POOR_BEFORE, is_monitored
from villageapp.domain.parameters import Parameters, UnsetParameter, shipped
from villageapp.domain.problem import PROBLEM
from villageapp.domain.problem_clock import laps
from villageapp.domain.problem_course import PROBLEM_STEP, item_of
from villageapp.domain.problem_report import MonthSheet, month_sheet
from villageapp.domain.village import place_of
from villageapp.domain.visit import VISIT
from villageapp.errors import NotAllowed, NotFound, Problem, ValidationFailed
from villageapp.models.server_tables import record, workspace
from villageapp.server import project
from villageapp.server.accounts import Office, division_prefix
from villageapp.server.opening import Province

_READ = {form.entity: form for form in (HOUSEHOLD, VISIT, PROBLEM, PROBLEM_STEP)}
_Doc = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Overdue:
    """An open item past its due day."""

    category: str | None
    grade: str | None
    state: str
    due: date
    days: int


@dataclass(frozen=True, slots=True)
class VillageMonth:
    """One village's figures of the month."""

    code: str
    name: str
    town: str
    county: str
    households: int
    poor_before: int
    monitored: int
    visits: int
    met: int
    monitored_met: int
    problems: Mapping[str, int]
    """Figures of the month sheet by name (domain/problem_report.py)."""
    overdue_items: tuple[Overdue, ...]
    unreadable: int
    """Records that could not be counted: values not in the agreed form, or no deadline in force on that day."""


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A month of a division."""

    division: str
    month: date
    as_of: date
    villages: tuple[VillageMonth, ...]


def workbook_for(province: Province, month: str, division: str, office: Office) -> bytes:
    """The bulletin as a workbook (XLSX). Raises ValidationFailed, NotFound, NotAllowed, UnsetParameter."""
    from villageapp.server import bulletin_sheet

    return bulletin_sheet.workbook(bulletin(province, month, division, office))


def bulletin(province: Province, month: str, division: str, office: Office) -> Bulletin:
    """Count a month (``YYYY-MM``) of a division, to its end or to today. Raises as ``workbook_for``."""
    first = _first_day(month)
    prefix = division_prefix(division)
    if not prefix.startswith(office.prefix):
        raise NotAllowed("这不在账号的管辖范围内。", remedy="请联系上级管理员。")
    today = dates.today()
    last = min(dates.add_days(dates.add_months(first, 1), -1), today)
    columns = workspace.c
    query = (
        select(columns.county_code, columns.workspace, columns.village_code)
        .where(columns.village_code.startswith(prefix, autoescape=True), columns.kind == "village")
        .order_by(columns.village_code)
    )
    with province.engine.connect() as connection:
        homes = connection.execute(query).all()
    if not homes:
        raise NotFound(f"区划 {division} 还没有村在服务器登记，没有生成通报。", remedy="请核对代码。")
    found = []
    for home in homes:
        project.project_all(province.engine, home.workspace)
        with province.engine.connect() as connection:
            found.append(_village(connection, home, first, last))
    return Bulletin(division, first, last, tuple(found))


def _first_day(month: str) -> date:
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise ValidationFailed([Problem("month", "月份应写成 2026-07 这样。")]) from error
    if first > dates.today():
        raise ValidationFailed([Problem("month", "这个月还没有到，没有生成通报。")])
    return first


@dataclass(slots=True)
class _Records:
    """The clean values of a village's records, by entity and id."""

    read: dict[str, dict[str, _Doc]] = field(default_factory=lambda: {entity: {} for entity in _READ})
    village_name: str = ""
    unreadable: int = 0

    def take(self, entity: str, record_id: str, doc: _Doc) -> None:
        """Read one record; what cannot be read is counted as such."""
        if entity == "village":
            self.village_name = str(doc.get("name") or "")
            return
        try:
            self.read[entity][record_id] = _clean(_READ[entity], doc)
        except (ValueError, TypeError, ArithmeticError):
            self.unreadable += 1


def _clean(form: Form, doc: _Doc) -> _Doc:
    return {f.name: from_wire(f, doc[f.name]) for f in form.fields if doc.get(f.name) is not None}


def _village(connection: Connection, home: Any, first: date, last: date) -> VillageMonth:
    found = _records(connection, home, first, last)
    households, visits = found.read["household"], found.read["visit"]
    met = _met(visits.values())
    monitored = [
        key
        for key, values in households.items()
        if is_monitored(values.get("monitoring_category"), values.get("risk_eliminated"))
    ]
    sheet = _sheet(found, first, last, shipped())
    place = place_of(home.village_code)
    return VillageMonth(
        home.village_code,
        found.village_name or home.village_code,
        place.town,
        place.county,
        len(households),
        sum(values.get("household_type") == POOR_BEFORE for values in households.values()),
        len(monitored),
        sum(first <= visit.on <= last for visit in met),
        len(coverage(households, met, first, last).met),
        len(coverage(monitored, met, first, last).met),
        sheet.counts(),
        _overdue(found.read["problem"], sheet),
        found.unreadable,
    )


def _records(connection: Connection, home: Any, first: date, last: date) -> _Records:
    """Households, problem items with their steps, and the visits of the month."""
    columns = record.c
    started = columns.doc["started_at"].astext
    start, end = (_instant(day) for day in (first, dates.add_days(last, 1)))
    rows = connection.execute(
        select(columns.entity, columns.record_id, columns.doc)
        .where(
            columns.county_code == home.county_code,
            columns.workspace == home.workspace,
            columns.deleted.is_(False),
            or_(
                columns.entity.in_([*_READ.keys() - {"visit"}, "village"]),
                and_(columns.entity == "visit", started >= start, started < end),
            ),
        )
        .order_by(columns.entity, columns.created_hlc, columns.record_id)
    )
    found = _Records()
    for row in rows:
        found.take(row.entity, row.record_id, row.doc)
    return found


def _instant(day: date) -> str:
    """Its beginning in Beijing, as instants are stored."""
    return dates.instant_text(datetime.combine(day, time.min, dates.CHINA))


def _met(visits: Iterable[_Doc]) -> list[Met]:
    return [
        Met(values["household_id"], dates.local_day(values["started_at"]), values.get("result"))
        for values in visits
        if values.get("household_id")
    ]


def _sheet(found: _Records, first: date, last: date, parameters: Parameters) -> MonthSheet:
    steps: dict[str, list[_Doc]] = {}
    readable = (s for s in found.read["problem_step"].values() if s.get("on") and s.get("problem_id"))
    for step in sorted(readable, key=lambda values: values["on"]):
        steps.setdefault(step["problem_id"], []).append(step)
    items = []
    for key, values in found.read["problem"].items():
        try:
            item = item_of(values, steps.get(key, ()), key)
            laps(item, parameters)
            items.append(item)
        except (KeyError, ValueError, UnsetParameter):
            found.unreadable += 1
    return month_sheet(items, first, last, parameters)


def _overdue(problems: Mapping[str, _Doc], sheet: MonthSheet) -> tuple[Overdue, ...]:
    return tuple(
        Overdue(
            problems[line.item.id].get("category"),
            line.item.grade,
            line.item.state,
            line.due,
            line.overdue_days,
        )
        for line in sheet.open
        if line.overdue_days > 0
    )


def total(villages: Sequence[VillageMonth], name: str) -> int:
    """The sum of a figure (an attribute, or a figure of the month sheet) over villages."""
    if name in VillageMonth.__dataclass_fields__:
        return sum(getattr(village, name) for village in villages)
    return sum(village.problems[name] for village in villages)
