"""How the employment ledger reads: columns of the grid, words of its cells, counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication

from villageapp.domain.employment import EMPLOYMENT
from villageapp.domain.member import MEMBER
from villageapp.services.employment_lists import EmploymentPage
from villageapp.services.employment_rows import EmploymentRow, Standing
from villageapp.ui.households.columns import short_group
from villageapp.ui.widgets.ledger_grid import GridColumn, GridRow

_PLACE = "employment"
_LABOUR = {"1": "技能", "2": "普通", "3": "弱", "4": "丧失", "5": "无"}
"""CL_LABOUR, as short as a column wants it."""
_WIDTHS: Mapping[str, int] = {
    "channel": 88,
    "industry": 108,
    "employer": 150,
    "scope": 84,
    "region": 96,
    "start_ym": 76,
    "end_ym": 76,
    "month_pay": 84,
    "source": 84,
    "job": 76,
}
"""Editable fields of the spell in order, with pixels at 100 %."""
FROZEN = 2
"""Columns that say who it is; they stay in view."""


def grid_columns() -> tuple[GridColumn, ...]:
    """Who it is and how they stand, read-only; then what can be typed."""
    tr = QCoreApplication.translate
    people = (
        GridColumn("head", tr(_PLACE, "户主"), 66),
        GridColumn("name", tr(_PLACE, "姓名"), 66),
        GridColumn("age", tr(_PLACE, "年龄"), 48, figures=True),
        GridColumn("labour", tr(_PLACE, "劳动力"), 56),
        GridColumn("standing", tr(_PLACE, "状态"), 62),
        GridColumn("month", tr(_PLACE, "本月核实"), 88),
    )
    work = tuple(GridColumn(name, _heading(name), width, EMPLOYMENT[name]) for name, width in _WIDTHS.items())
    wishes = (
        GridColumn("work_planned", tr(_PLACE, "计划务工"), 76, MEMBER["work_planned"]),
        GridColumn("work_demand", tr(_PLACE, "务工需求"), 130, MEMBER["work_demand"]),
    )
    return (*people, *work, *wishes, GridColumn("group", tr(_PLACE, "组"), 64))


def _heading(name: str) -> str:
    tr = QCoreApplication.translate
    short = {
        "channel": tr(_PLACE, "就业渠道"),
        "industry": tr(_PLACE, "行业"),
        "employer": tr(_PLACE, "务工企业"),
        "scope": tr(_PLACE, "务工范围"),
        "region": tr(_PLACE, "所在地"),
        "start_ym": tr(_PLACE, "开始"),
        "end_ym": tr(_PLACE, "结束"),
        "month_pay": tr(_PLACE, "月工资"),
        "source": tr(_PLACE, "信息来源"),
    }
    return short.get(name, EMPLOYMENT[name].label)


def grid_row(row: EmploymentRow) -> GridRow:
    """A line of the grid; a post is kept on its own tab."""
    locked = QCoreApplication.translate(_PLACE, "公益岗的内容在“公益岗”页修改")
    return GridRow(row.id, _cells(row), locked if row.standing is Standing.POST else "")


def _cells(row: EmploymentRow) -> dict[str, Any]:
    return {
        **row.values,
        "head": row.head_name,
        "name": row.name,
        "age": row.age,
        "labour": _LABOUR.get(row.labour, ""),
        "standing": row.standing.value,
        "month": month_text(row),
        "group": short_group(row.group_name),
    }


def month_text(row: EmploymentRow) -> str:
    """``✓ 11-24`` once confirmed this month, else ``○ 未核实``; nothing where the month does not ask."""
    if not row.counts:
        return ""
    if row.is_confirmed and row.checked_on is not None:
        return f"✓ {row.checked_on:%m-%d}"
    return QCoreApplication.translate(_PLACE, "○ 未核实")


def counts_text(page: EmploymentPage) -> str:
    """``2026-11：应核实 247 人次，已核实 60，未核实 187；在岗 80 人``."""
    return QCoreApplication.translate(
        _PLACE,
        "{month} 月报：应核实 {all}，已核实 {done}，未核实 {left} · 在岗 {working} 人 · 列出 {shown} 行",
    ).format(
        month=page.month,
        all=page.to_confirm,
        done=page.confirmed,
        left=page.to_confirm - page.confirmed,
        working=page.working,
        shown=len(page.rows),
    )


def can_confirm(rows: Iterable[EmploymentRow]) -> list[str]:
    """Ids of the lines for which 与上月相同 says something that is not said yet."""
    return [
        row.id for row in rows if not row.is_confirmed and row.standing in (Standing.WORKING, Standing.IDLE)
    ]
