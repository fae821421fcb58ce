"""What the screen 帮扶措施 shows: measures narrowed and added up, and households that have none (domain.md 2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from villageapp.domain import dates
from villageapp.domain.codes import code_list
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Cadre, Household, Measure, Member, Visit
from villageapp.services.groups import group_order
from villageapp.services.search import matching_households

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

MOST_SHOWN = 2_000
"""Measures listed at most; the totals count all that match."""
_measure, _household = Measure.__table__.c, Household.__table__.c
_summary, _member, _cadre = HouseholdSummary.__table__.c, Member.__table__.c, Cadre.__table__.c
_visit = Visit.__table__.c


@dataclass(frozen=True, slots=True)
class MeasureFilter:
    """What the list is narrowed to; None and the empty text leave a question open. Codes, not labels."""

    text: str = ""
    """Words of a person, the household, the measure, its item or who is responsible."""
    year: int | None = None
    group: str | None = None
    """Code of CL_MEASURE_GROUP."""
    status: str | None = None
    household_group: str | None = None


EVERY_MEASURE = MeasureFilter()


@dataclass(frozen=True, slots=True)
class Checked:
    """What the newest visit that looked at a measure found: 落实, 未落实 or 变化."""

    on: date
    state: str


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One line of the list; codes as stored, amount in fen."""

    id: str
    household_id: str
    head_name: str
    household_group: str
    household_no: str
    member_name: str
    group: str
    item: str
    year: int
    title: str
    status: str
    amount: int | None
    responsible: str
    department: str
    risk_code: str
    start_on: date | None
    end_on: date | None
    signed_on: date | None
    checked: Checked | None


@dataclass(frozen=True, slots=True)
class Totals:
    """Of all measures that match, also of those beyond MOST_SHOWN. ``amount`` in fen; ``unpriced`` have none."""

    measures: int = 0
    households: int = 0
    amount: int = 0
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class MeasurePage:
    """The list, its totals, and what its filters offer."""

    rows: tuple[MeasureRow, ...]
    totals: Totals
    years: tuple[int, ...]
    """Years with a measure, the newest first."""
    household_groups: tuple[str, ...]
    without: int
    """Households without a measure (of the year asked for)."""


@dataclass(frozen=True, slots=True)
class UnhelpedRow:
    """A household without a measure; codes as stored."""

    id: str
    head_name: str
    group_name: str
    household_type: str
    monitoring_category: str
    monitored: bool
    members: int
    last_visit_on: str


def page(work: Workspace, wanted: MeasureFilter = EVERY_MEASURE) -> MeasurePage:
    """The measures that match, by 组 and household, the newest year first."""
    with work.reading() as connection:
        conditions = _conditions(connection, wanted)
        found = [dict(row) for row in connection.execute(_list(conditions)).mappings()]
        totals = _totals(connection, conditions)
        years = connection.scalars(_YEARS).all()
        groups = connection.scalars(_GROUPS).all()
        without = connection.scalar(_without(wanted.year, func.count()))
        checks = _checks(connection, {row["household_id"] for row in found})
    return MeasurePage(
        tuple(_row(row, checks) for row in sorted(found, key=_place)),
        totals,
        tuple(years),
        tuple(sorted((name for name in groups if name), key=group_order)),
        int(without or 0),
    )


def without_measure(work: Workspace, year: int | None = None) -> list[UnhelpedRow]:
    """Households without any measure (of that year): monitored ones first, then by 组 and name."""
    columns = (
        _summary.household_id,
        _summary.head_name,
        _summary.group_name,
        _summary.household_type,
        _summary.monitoring_category,
        _summary.monitored,
        _summary.members,
        _summary.last_visit_on,
    )
    with work.reading() as connection:
        rows = connection.execute(_without(year, *columns).order_by(_summary.head_key)).all()
    found = [UnhelpedRow(r[0], r[1], r[2], r[3], r[4], bool(r[5]), r[6], r[7] or "") for r in rows]
    return sorted(found, key=lambda row: (not row.monitored, group_order(row.group_name)))


_FROM = (
    Measure.__table__.join(Household.__table__, _household.id == _measure.household_id)
    .outerjoin(HouseholdSummary.__table__, _summary.household_id == _measure.household_id)
    .outerjoin(Member.__table__, _member.id == _measure.member_id)
    .outerjoin(Cadre.__table__, _cadre.id == _measure.responsible_id)
)
_YEARS = select(_measure.year).distinct().where(_measure.deleted.is_(False)).order_by(_measure.year.desc())
_GROUPS = select(_summary.group_name).distinct()


def _list(conditions: list[ColumnElement[bool]]) -> Select[Any]:
    return (
        select(
            Measure.__table__,
            _summary.head_name,
            _summary.head_key,
            _summary.group_name.label("household_group"),
            _household.national_hh_no.label("household_no"),
            _member.name.label("member_name"),
            _cadre.name.label("responsible_name"),
        )
        .select_from(_FROM)
        .where(*conditions)
        .order_by(_measure.year.desc(), _summary.group_name, _summary.head_key, _measure.group, _measure.id)
        .limit(MOST_SHOWN)
    )


def _totals(connection: Connection, conditions: list[ColumnElement[bool]]) -> Totals:
    counted = select(
        func.count(),
        func.count(_measure.household_id.distinct()),
        func.coalesce(func.sum(_measure.amount), 0),
        func.count() - func.count(_measure.amount),
    )
    row = connection.execute(counted.select_from(_FROM).where(*conditions)).one()
    return Totals(int(row[0]), int(row[1]), int(row[2]), int(row[3]))


def _conditions(connection: Connection, wanted: MeasureFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_measure.deleted.is_(False), _household.deleted.is_(False)]
    equal = {
        _measure.year: wanted.year,
        _measure.group: wanted.group,
        _measure.status: wanted.status,
        _summary.group_name: wanted.household_group,
    }
    found += [column == value for column, value in equal.items() if value is not None]
    for word in wanted.text.split():
        found.append(_says(connection, word))
    return found


def _says(connection: Connection, word: str) -> ColumnElement[bool]:
    """The measure, somebody on it, or its household is called so (the household also by pinyin, number, phone)."""
    texts = (_measure.title, _member.name, _cadre.name, _measure.department)
    items = [code for code, label in code_list("CL_MEASURE_ITEM").labels.items() if word in label]
    households = list(matching_households(connection, word))
    return or_(
        *(column.contains(word, autoescape=True) for column in texts),
        _measure.item.in_(items),
        _measure.household_id.in_(households),
    )


def _without(year: int | None, *columns: Any) -> Select[Any]:
    helped = select(_measure.id).where(
        _measure.household_id == _summary.household_id, _measure.deleted.is_(False)
    )
    if year is not None:
        helped = helped.where(_measure.year == year)
    return select(*columns).select_from(HouseholdSummary.__table__).where(~helped.exists())


def _checks(connection: Connection, household_ids: set[str]) -> dict[str, Checked]:
    """By measure: what the newest visit found that looked at it."""
    found: dict[str, Checked] = {}
    statement = (
        select(_visit.household_id, _visit.started_at, _visit.measures_checked)
        .where(_visit.deleted.is_(False), _visit.measures_checked.is_not(None))
        .order_by(_visit.started_at)
    )
    for household, started, checks in connection.execute(statement):
        if household in household_ids:
            day = dates.local_day(started)
            found |= {line["measure_id"]: Checked(day, line["status"]) for line in checks or ()}
    return found


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (-row["year"], group_order(row["household_group"] or ""), row["head_key"] or "", row["item"])


def _row(row: Mapping[str, Any], checks: Mapping[str, Checked]) -> MeasureRow:
    return MeasureRow(
        row["id"],
        row["household_id"],
        row["head_name"] or "",
        row["household_group"] or "",
        row["household_no"] or "",
        row["member_name"] or "",
        row["group"],
        row["item"],
        row["year"],
        row["title"],
        row["status"],
        row["amount"],
        row["responsible_name"] or "",
        row["department"] or "",
        row["risk_code"] or "",
        row["start_on"],
        row["end_on"],
        row["household_signed_on"],
        checks.get(row["id"]),
    )
