"""The tabs 成员, 措施, 走访, 问题 of a household's page: columns, and rows from the page's values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from villageapp.domain import dates
from villageapp.domain.fields import Form, show
from villageapp.domain.measure import MEASURE
from villageapp.domain.member import MEMBER
from villageapp.domain.problem import PROBLEM, Light, Standing
from villageapp.domain.visit import VISIT
from villageapp.ui.widgets.badge import Badge, Mood
from villageapp.ui.widgets.flow import EmptyState
from villageapp.ui.widgets.plain_table import Cell, PlainTable

Record = Mapping[str, Any]


class RecordList(QWidget):
    """A short table, or the reason why there is nothing; buttons stand above it."""

    def __init__(self, table: PlainTable, empty: EmptyState, buttons: Sequence[QWidget] = ()) -> None:
        super().__init__()
        self.table = table
        self._stack = QStackedWidget()
        self._stack.addWidget(table)
        self._stack.addWidget(empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._stack, 1)
        if buttons:
            row = QHBoxLayout()
            for made in buttons:
                row.addWidget(made)
            row.addStretch(1)
            layout.addLayout(row)

    def show_rows(self, rows: Sequence[tuple[str, Sequence[Cell]]]) -> None:
        """Replace all rows."""
        self.table.show_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)


def member_columns() -> list[tuple[str, int]]:
    """姓名 … 电话."""
    tr = QCoreApplication.translate
    return [
        (tr("household lists", "姓名"), 92),
        (tr("household lists", "与户主关系"), 96),
        (tr("household lists", "性别"), 48),
        (tr("household lists", "年龄"), 48),
        (tr("household lists", "健康状况"), 100),
        (tr("household lists", "劳动技能"), 100),
        (tr("household lists", "证件号码"), 152),
        (tr("household lists", "电话"), 100),
    ]


def member_rows(members: Iterable[Record]) -> list[tuple[str, list[Cell]]]:
    """Active members first, as the page orders them; who left is marked in words."""
    tr = QCoreApplication.translate
    rows: list[tuple[str, list[Cell]]] = []
    for member in members:
        gone = "" if member["active"] else tr("household lists", "（已减少）")
        cells: list[Cell] = [
            f"{member['name'] or ''}{gone}",
            *(_text(MEMBER, member, name) for name in ("relation", "sex")),
            "" if member["age"] is None else str(member["age"]),
            *(_text(MEMBER, member, name) for name in ("health", "labour")),
            member["id_no_masked"],
            member["phone"] or "",
        ]
        rows.append((member["id"], cells))
    return rows


def measure_columns() -> list[tuple[str, int]]:
    """年度 … 状态."""
    tr = QCoreApplication.translate
    return [
        (tr("household lists", "年度"), 46),
        (tr("household lists", "大类"), 88),
        (tr("household lists", "措施内容"), 170),
        (tr("household lists", "享受人"), 62),
        (tr("household lists", "金额（元）"), 92),
        (tr("household lists", "状态"), 80),
    ]


def measure_rows(measures: Iterable[Record]) -> list[tuple[str, list[Cell]]]:
    """Newest year first."""
    return [
        (
            m["id"],
            [
                _text(MEASURE, m, "year"),
                _text(MEASURE, m, "group"),
                m["title"] or "",
                m["member_name"],
                _text(MEASURE, m, "amount"),
                _text(MEASURE, m, "status"),
            ],
        )
        for m in measures
    ]


def visit_columns() -> list[tuple[str, int]]:
    """到户时间 … 走访情况."""
    tr = QCoreApplication.translate
    return [
        (tr("household lists", "到户时间"), 132),
        (tr("household lists", "类型"), 110),
        (tr("household lists", "结果"), 96),
        (tr("household lists", "走访人"), 112),
        (tr("household lists", "走访情况"), 200),
    ]


def visit_rows(visits: Iterable[Record], text_of: Any) -> list[tuple[str, list[Cell]]]:
    """Newest first; ``text_of`` puts a visit in one line."""
    return [
        (
            v["id"],
            [
                dates.local_text(v["started_at"]),
                _text(VISIT, v, "kind"),
                _text(VISIT, v, "result"),
                "、".join(v["visitor_names"]),
                text_of(v),
            ],
        )
        for v in visits
    ]


def problem_columns() -> list[tuple[str, int]]:
    """发现日期 … 期限."""
    tr = QCoreApplication.translate
    return [
        (tr("household lists", "发现日期"), 86),
        (tr("household lists", "类别"), 72),
        (tr("household lists", "标题"), 120),
        (tr("household lists", "责任人"), 58),
        (tr("household lists", "下一步"), 76),
        (tr("household lists", "期限"), 120),
    ]


def problem_rows(problems: Iterable[Record]) -> list[tuple[str, list[Cell]]]:
    """Newest first, with the next step of the 135/710 clock and its light in words."""
    return [
        (
            p["id"],
            [
                _text(PROBLEM, p, "reported_on"),
                _text(PROBLEM, p, "category"),
                p["title"] or "",
                p["owner_name"],
                p["standing"].step,
                due_badge(p["standing"]),
            ],
        )
        for p in problems
    ]


def due_badge(standing: Standing) -> Cell:
    """超期 3 天 / 今天到期 / 剩 2 天, coloured as R-PRB-3 says; nothing when no day is due."""
    tr = QCoreApplication.translate
    if standing.due is None:
        return ""
    if standing.days_left < 0:
        words = tr("household lists", "超期 {days} 天").format(days=-standing.days_left)
    elif standing.days_left == 0:
        words = tr("household lists", "今天到期")
    else:
        words = tr("household lists", "剩 {days} 天").format(days=standing.days_left)
    mood = {Light.RED: Mood.BAD, Light.AMBER: Mood.WARN}.get(standing.light, Mood.GOOD)
    return Badge(f"{words} · {standing.due:%m-%d}", mood)


def _text(form: Form, record: Record, name: str) -> str:
    return show(form[name], record[name])
