"""What the screen 资产项目 shows: assets with what is due, projects with their funds, income and who got it (domain.md 2.8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from villageapp.domain import dates
from villageapp.domain.asset import ASSET, ASSET_INCOME, PROJECT
from villageapp.domain.fields import Form
from villageapp.domain.problem import OPEN_STATES
from villageapp.errors import NotFound
from villageapp.models.records import Asset, AssetIncome, ProblemItem, Project
from villageapp.services.asset_problems import NORMAL
from villageapp.services.guards import PHOTOVOLTAIC
from villageapp.services.reminders import DISPOSED

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

Record = Mapping[str, Any]
_asset, _income = Asset.__table__.c, AssetIncome.__table__.c
_project, _item = Project.__table__.c, ProblemItem.__table__.c


@dataclass(frozen=True, slots=True)
class OpenItem:
    """The problem item that stands open for an asset."""

    id: str
    ledger_no: str
    state: str


@dataclass(frozen=True, slots=True)
class AssetRow:
    """One asset and what is due of it; money in fen, ``values`` are those of ASSET."""

    id: str
    values: Record
    project_name: str
    is_photovoltaic: bool
    contract_left: int | None
    """Days until the contract ends, below 0 when it has."""
    contract_ends: bool
    """Whether it ends within the days of REMIND_CONTRACT_DAYS, or has ended."""
    check_due: date | None
    """Day of the next yearly check; None for an asset that is gone."""
    check_overdue: bool
    income: int
    """Net income received in this year."""
    problem: OpenItem | None

    @property
    def is_sound(self) -> bool:
        """Whether nothing asks for attention."""
        return self.values["status"] == NORMAL and not (self.check_overdue or self.contract_ends)


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One project; funds in fen, ``values`` are those of PROJECT."""

    id: str
    values: Record
    amount: int
    paid: int
    assets: int
    """How many assets it left."""
    missing: tuple[str, ...]
    """Labels of the four systems (四制) that are not in place or not known."""


@dataclass(frozen=True, slots=True)
class AssetTotals:
    """Over all assets that are not gone; fen."""

    assets: int = 0
    original: int = 0
    net: int = 0
    rent: int = 0
    income: int = 0
    """Net income received this year, of every asset."""
    not_normal: int = 0
    unchecked: int = 0
    ending: int = 0


@dataclass(frozen=True, slots=True)
class AssetPage:
    """Lists and totals."""

    assets: tuple[AssetRow, ...]
    projects: tuple[ProjectRow, ...]
    totals: AssetTotals
    ahead_days: int


SYSTEMS = ("legal_person_system", "bidding_system", "supervision_system", "contract_system")
"""四制 of a project."""


def page(work: Workspace) -> AssetPage:
    """Assets by number, projects the newest first. Raises UnsetParameter."""
    day = work.today()
    ahead = work.parameters.integer("REMIND_CONTRACT_DAYS", day)
    months = work.parameters.integer("ASSET_CHECK_MONTHS", day)
    with work.reading() as connection:
        assets, projects = _all(connection, Asset, ASSET), _all(connection, Project, PROJECT)
        incomes = _all(connection, AssetIncome, ASSET_INCOME)
        items = _open_items(connection)
    received = _received(incomes, day.year)
    sources = {row["id"]: row for row in projects}
    rows = [
        _asset_row(row, sources.get(row["project_id"]), received, items, day, ahead, months) for row in assets
    ]
    rows.sort(key=lambda row: str(row.values["asset_no"]))
    counts: dict[str, int] = {}
    for row in assets:
        counts[row["project_id"]] = counts.get(row["project_id"], 0) + 1
    found = [_project_row(row, counts.get(row["id"], 0)) for row in projects]
    found.sort(key=lambda row: (row.values["planned_on"] or date.min, row.id), reverse=True)
    return AssetPage(tuple(rows), tuple(found), _totals(rows, sum(received.values())), ahead)


def _all(connection: Connection, cls: type[Any], form: Form) -> list[dict[str, Any]]:
    columns = cls.__table__.c
    wanted = [columns[name] for name in ("id", *(field.name for field in form.fields))]
    rows = connection.execute(select(*wanted).where(columns.deleted.is_(False)).order_by(columns.id))
    return [dict(row) for row in rows.mappings()]


def _open_items(connection: Connection) -> dict[str, OpenItem]:
    statement = (
        select(_item.asset_id, _item.id, _item.ledger_no, _item.state)
        .where(_item.deleted.is_(False), _item.asset_id.is_not(None), _item.state.in_(OPEN_STATES))
        .order_by(_item.reported_on.desc(), _item.id.desc())
    )
    return {row[0]: OpenItem(row[1], row[2] or "", row[3]) for row in connection.execute(statement)}


def _received(incomes: Iterable[Record], year: int) -> dict[str, int]:
    """Net income (fen) received in the year, by asset."""
    found: dict[str, int] = {}
    for row in incomes:
        if row["received_on"] is not None and row["received_on"].year == year:
            found[row["asset_id"]] = found.get(row["asset_id"], 0) + row["net"]
    return found


def _asset_row(
    row: Record,
    project: Record | None,
    received: Mapping[str, int],
    items: Mapping[str, OpenItem],
    day: date,
    ahead: int,
    months: int,
) -> AssetRow:
    gone = row["status"] in DISPOSED
    left = None if row["contract_end"] is None or gone else (row["contract_end"] - day).days
    due = None if gone else _check_due(row, months)
    return AssetRow(
        row["id"],
        row,
        "" if project is None else project["name"],
        is_photovoltaic(row["name"], None if project is None else project["kind"]),
        left,
        left is not None and left <= ahead,
        due,
        due is not None and due < day,
        received.get(row["id"], 0),
        items.get(row["id"]),
    )


def is_photovoltaic(name: str, project_kind: str | None) -> bool:
    """Whether R-PV holds for an asset of this name from a project of this kind."""
    return PHOTOVOLTAIC in name or project_kind == PHOTOVOLTAIC


def _check_due(row: Record, months: int) -> date:
    """An asset that was never looked at was due at the end of the year in which it was made."""
    if row["last_check_on"] is None:
        return date(row["built_year"], 12, 31)
    return dates.add_months(row["last_check_on"], months)


def _project_row(row: Record, assets: int) -> ProjectRow:
    lines = [line for line in row["funds"] or () if isinstance(line, Mapping)]
    missing = tuple(PROJECT[name].label for name in SYSTEMS if row[name] is not True)
    return ProjectRow(row["id"], row, _sum(lines, "amount"), _sum(lines, "paid"), assets, missing)


def _sum(lines: Iterable[Record], name: str) -> int:
    return sum(line[name] for line in lines if isinstance(line.get(name), int))


def _totals(rows: Iterable[AssetRow], income: int) -> AssetTotals:
    kept = [row for row in rows if row.values["status"] not in DISPOSED]
    return AssetTotals(
        len(kept),
        sum(row.values["original_value"] or 0 for row in kept),
        sum(row.values["net_value"] or 0 for row in kept),
        sum(row.values["rent_year"] or 0 for row in kept),
        income,
        sum(row.values["status"] != NORMAL for row in kept),
        sum(row.check_overdue for row in kept),
        sum(row.contract_ends for row in kept),
    )


def one(work: Workspace, asset_id: str) -> AssetRow:
    """One asset as ``page`` has it. Raises NotFound, UnsetParameter."""
    found = next((row for row in page(work).assets if row.id == asset_id), None)
    if found is None:
        raise NotFound("没有找到这项资产。", remedy="它可能已被删除，请刷新后再试。")
    return found


def project_names(work: Workspace) -> list[tuple[str, str]]:
    """(id, name) of every project, to choose where an asset comes from."""
    statement = select(_project.id, _project.name).where(_project.deleted.is_(False)).order_by(_project.name)
    with work.reading() as connection:
        return [(row[0], row[1]) for row in connection.execute(statement)]
