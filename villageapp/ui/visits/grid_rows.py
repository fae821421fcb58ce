"""What the grid for paper forms shows and what its rows mean as visits. No widgets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from villageapp.domain import codes
from villageapp.domain.dates import CHINA
from villageapp.domain.fields import Field, Kind, parse, tidy
from villageapp.domain.visit import BASIC_NEEDS, CHANGES, GUARANTEES, VISIT
from villageapp.errors import Problem
from villageapp.services import cadres, drafts, households, routes
from villageapp.services.drafts import SavedDraft
from villageapp.services.households import HouseholdRow
from villageapp.ui.widgets.field_inputs import Choice
from villageapp.ui.widgets.ledger_grid import GridColumn

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

GRID, ROUTE_KEY, GROUP_KEY = drafts.SHEET, drafts.SHEET_ROUTE, drafts.SHEET_GROUP
DAY = Field("visited_on", "日期", Kind.DATE, required=True)
CLOCK = Field("clock", "到户", max_length=8)
CHANGE_NOTE = Field("change_note", "变化内容", max_length=200)
NO_NOTE = Field("no_note", "“否”的情况", max_length=200)
MET_HEAD = "见到户主"
_PLACE = "visits"
_CLOCK = re.compile(r"(\d{1,2})[:.点时]?(\d{2})分?")
_WIDTHS: Mapping[str, int] = {
    "visited_on": 100,
    "clock": 60,
    "result": 104,
    "interviewee": 84,
    "income_trend": 72,
    "expense_kind": 72,
    "expense_amount": 84,
    "difficulty": 150,
    "demand": 150,
    "policy_told": 120,
    "next_visit_on": 100,
    "change_note": 130,
    "no_note": 130,
    "note": 150,
}
_SWITCH_WIDTH = 72
_AFTER = (
    "income_trend",
    "big_expense",
    "expense_kind",
    "expense_amount",
    "difficulty",
    "demand",
    "policy_told",
    "satisfaction",
    "signed_on_paper",
    "next_visit_on",
    "note",
)
NORMAL: Mapping[str, bool] = dict.fromkeys((*GUARANTEES, *BASIC_NEEDS), True) | dict.fromkeys(CHANGES, False)
"""What F4 fills in where nothing is typed."""
Sheet = Mapping[str, Mapping[str, Any]]
"""Rows as the grid holds them: clean or typed values by household id and column."""


@dataclass(frozen=True, slots=True)
class SheetStart:
    """One sheet before anything is typed."""

    key: str
    rows: tuple[HouseholdRow, ...]
    draft: SavedDraft | None
    visitors: tuple[Choice, ...]
    groups: tuple[str, ...]
    has_route: bool
    today: date


@dataclass(frozen=True, slots=True)
class SheetHead:
    """What all rows of a sheet share: day (as typed), who visited, what kind of visit."""

    visitors: Sequence[str] = ()
    kind: str = "01"
    names: Mapping[str, str] = field(default_factory=dict)
    """Heads of the households, who were met where 见到户主 is typed."""


def read_sheet(work: Workspace, key: str) -> SheetStart:
    """The households of a sheet; without a key (or when its group is gone) today's route, else the first group."""
    groups, route = households.groups(work), routes.of_day(work, work.today())
    known = {f"{GROUP_KEY}{group}" for group in groups} | ({ROUTE_KEY} if route is not None else set())
    if key not in known:
        key = ROUTE_KEY if route is not None else f"{GROUP_KEY}{groups[0]}" if groups else ""
    if key == ROUTE_KEY and route is not None:
        ids = [stop.household_id for stop in route.stops]
    else:
        ids = routes.of_group(work, key.removeprefix(GROUP_KEY)) if key else []
    pages = (ids[at : at + households.PAGE] for at in range(0, len(ids), households.PAGE))
    rows = tuple(row for page in pages for row in households.rows(work, page))
    me = work.identity.user_id
    known_cadres = sorted(cadres.list_cadres(work), key=lambda cadre: cadre["id"] != me)
    visitors = tuple((cadre["id"], cadre["name"] or "") for cadre in known_cadres)
    draft = drafts.load(work, GRID, key)
    return SheetStart(key, rows, draft, visitors, tuple(groups), route is not None, work.today())


def columns() -> list[GridColumn]:
    """The essentials of the paper form, in its order."""
    tr = QCoreApplication.translate
    made = [GridColumn("head_name", tr(_PLACE, "户主"), 92)]
    made += [_column(each) for each in (DAY, CLOCK, VISIT["result"], VISIT["interviewee"])]
    made += [_column(VISIT[name]) for name in CHANGES] + [_column(CHANGE_NOTE)]
    made += [_column(VISIT[name], VISIT[name].label.removesuffix("有保障")) for name in GUARANTEES]
    made += [_column(VISIT[name]) for name in BASIC_NEEDS] + [_column(NO_NOTE)]
    return made + [_column(VISIT[name]) for name in _AFTER]


def _column(field_: Field, title: str = "") -> GridColumn:
    width = _WIDTHS.get(field_.name, _SWITCH_WIDTH)
    return GridColumn(field_.name, title or field_.label.removeprefix("近期"), width, field_)


def answers(column: GridColumn) -> list[str]:
    """What the digits 1, 2, 3 … mean in a column; 未知 is an empty cell."""
    if column.field is None:
        return []
    if column.field.kind is Kind.YES_NO:
        return ["是", "否", ""]
    if column.field.kind is Kind.CODE:
        return list(codes.code_list(column.field.choices).labels.values())
    return []


def visit_of(
    household_id: str, row: Mapping[str, Any], head: SheetHead
) -> tuple[dict[str, Any], list[Problem]]:
    """Raw values of the visit that a row describes, and what the row itself gets wrong (date, time)."""
    wrong: list[Problem] = []
    found = {name: value for name, value in row.items() if name in VISIT.by_name}
    found["started_at"] = _moment(row, wrong)
    found["visitors"], found["kind"] = list(head.visitors) or None, head.kind
    if found.get("result") == MET_HEAD and not found.get("interviewee"):
        found["interviewee"] = head.names.get(household_id)
    _spread(row, found, CHANGE_NOTE.name, [name for name in CHANGES if _is(found, name, True)])
    needs = (*GUARANTEES, *BASIC_NEEDS)
    _spread(row, found, NO_NOTE.name, [name for name in needs if _is(found, name, False)])
    return found, wrong


def _is(values: Mapping[str, Any], name: str, answer: bool) -> bool:
    try:
        return parse(VISIT[name], values.get(name)) is answer
    except ValueError:  # looking the row over names it
        return False


def _spread(row: Mapping[str, Any], found: dict[str, Any], note: str, names: Sequence[str]) -> None:
    """The one remark of a paper form belongs to every answer it explains."""
    for name in names:
        found[f"{name}_note"] = row.get(note)


def _moment(row: Mapping[str, Any], wrong: list[Problem]) -> datetime | None:
    """Day and clock; 0:00 where the paper has no time."""
    try:
        day = parse(DAY, row.get(DAY.name))
    except ValueError as error:
        wrong.append(Problem(DAY.name, f"{DAY.label}：{error}"))
        return None
    if day is None:
        wrong.append(Problem(DAY.name, f"{DAY.label}：必须填写"))
        return None
    text = tidy(str(row.get(CLOCK.name) or ""))
    clock = _CLOCK.fullmatch(text)
    if text and (clock is None or int(clock[1]) > 23 or int(clock[2]) > 59):
        wrong.append(Problem(CLOCK.name, f"{CLOCK.label}：应写成 9:30 或 930"))
        return None
    return datetime.combine(day, time(int(clock[1]), int(clock[2])) if clock else time(), CHINA)


def column_of(name: str) -> str:
    """The column in which a problem with a field of the visit stands."""
    if name in ("started_at", "ended_at"):
        return DAY.name
    answer = name.removesuffix("_note")
    if answer != name:
        return CHANGE_NOTE.name if answer in CHANGES else NO_NOTE.name
    return name
