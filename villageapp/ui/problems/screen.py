"""The screen 问题台账: a table with the five dates and lights at the left, one item at the right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from villageapp.domain import codes
from villageapp.domain.changes import ChangeSet
from villageapp.domain.problem import PROBLEM
from villageapp.services import problems
from villageapp.ui.context import Context
from villageapp.ui.households.columns import short_group
from villageapp.ui.measures.household_input import HouseholdInput
from villageapp.ui.preferences import SCALE
from villageapp.ui.problems import words
from villageapp.ui.problems.item_pane import ItemPane
from villageapp.ui.problems.month_dialog import MonthDialog
from villageapp.ui.screen import ScreenPage
from villageapp.ui.widgets.filters import FilterChip, SearchLine, entries
from villageapp.ui.widgets.flow import EmptyState, FlowLayout, button, label
from villageapp.ui.widgets.list_table import ListColumn, ListTable
from villageapp.ui.widgets.record_dialog import RecordDialog

_Row = dict[str, Any]
_NEW = (
    "scope",
    "household_id",
    "category",
    "title",
    "description",
    "reported_on",
    "reported_time",
    "source",
    "source_doc",
    "reporter",
    "grade",
)
_OPEN, _LATE, _ALL = "open", "late", "all"


class ProblemsScreen(ScreenPage):
    """Open items by due day; the chip 状态 also shows overdue ones alone, or all."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._wanted = ""
        self._rows: list[_Row] = []
        self.search = SearchLine(self.tr("筛选：户主、标题、编号"), self.tr("筛选问题"))
        choices = [(self.tr("超期的"), _LATE), (self.tr("含已销号"), _ALL)]
        self.state = FilterChip(self.tr("范围"), choices)
        self.category = FilterChip(self.tr("类别"), entries("CL_PROBLEM_CAT"))
        self.grade = FilterChip(self.tr("分级"), entries("CL_PROBLEM_GRADE"))
        self.count = label("", "quiet")
        self.table: ListTable[_Row] = ListTable(
            self._columns(), self.tr("问题台账"), lambda r: r["id"], scale=context.settings.get(SCALE)
        )
        self.pane = ItemPane(context)
        self._lists = QStackedWidget()
        self._empty = EmptyState(
            self.tr("没有要办的问题"),
            self.tr("走访时选“否”会自动登记到这里，期限当场算好；也可以按“登记问题…”自己登记。"),
        )
        self._nothing = EmptyState(
            self.tr("没有符合条件的问题"), self.tr("请少选几个筛选条件，或改一改搜索词。")
        )
        self._lay_out()
        self.search.textChanged.connect(self.table.narrow)
        self.table.chosen.connect(self.pane.open)
        self.table.counted.connect(self._on_counted)
        for chip in (self.state, self.category, self.grade):
            chip.picked.connect(self.refresh)
        context.signals.scaled.connect(self.table.set_scale)

    def refresh(self) -> None:
        """Read the ledger and the item."""
        work, scope = self.context.work, self.state.value
        self.context.tasks.read(
            lambda _progress: problems.list_problems(work, overdue=scope == _LATE, open_only=scope != _ALL),
            owner=self,
            done=self._show,
            latest="problems",
        )

    def concerns(self, changes: ChangeSet) -> bool:
        """Items, their steps, and the names of families."""
        return any(
            changes.touches(e) for e in ("problem", "problem_step", "household", "member", "attachment")
        )

    def focus_first(self) -> None:
        """Start in the table, or with the first problem."""
        (self.table if self.table.isVisible() or not self._rows else self.add).setFocus()

    def open_record(self, record_id: str) -> None:
        """Show one item, whatever its state."""
        self._wanted = record_id
        self.search.clear()
        self.state.choose(_ALL)
        self.category.choose(None)
        self.grade.choose(None)
        self.refresh()

    def _columns(self) -> tuple[ListColumn[_Row], ...]:
        categories, states = codes.code_list("CL_PROBLEM_CAT"), codes.code_list("CL_PROBLEM_STATE")
        return (
            ListColumn("light", self.tr("期限"), 92, _light, order=_urgency, is_optional=False),
            ListColumn("head", self.tr("户主"), 68, lambda r: r["head_name"] or "", is_optional=False),
            ListColumn("title", self.tr("问题"), 170, lambda r: r["title"] or "", is_optional=False),
            ListColumn("next", self.tr("下一步"), 90, lambda r: r["standing"].step),
            ListColumn("category", self.tr("类别"), 104, lambda r: categories.label(r["category"])),
            ListColumn("reported", self.tr("发现"), 52, lambda r: words.day(r["reported_on"]), order=lambda r: r["reported_on"]),
            ListColumn("verify", self.tr("核查期限"), 70, lambda r: words.day(r["due_verify"]), order=lambda r: r["due_verify"]),
            ListColumn("opinion", self.tr("意见期限"), 70, lambda r: words.day(r["due_opinion"]), order=lambda r: r["due_opinion"]),
            ListColumn("plan", self.tr("方案期限"), 70, lambda r: words.day(r["due_plan"]), order=lambda r: r["due_plan"]),
            ListColumn("solve", self.tr("解决期限"), 70, lambda r: words.day(r["due_solve"]), order=lambda r: r["due_solve"]),
            ListColumn("group", self.tr("组"), 60, lambda r: short_group(r["household_group"] or "")),
            ListColumn("state", self.tr("状态"), 80, lambda r: states.label(r["state"])),
            ListColumn("no", self.tr("编号"), 110, lambda r: r["ledger_no"] or ""),
        )  # fmt: skip

    def _lay_out(self) -> None:
        left = QWidget()
        rows = QVBoxLayout(left)
        rows.setContentsMargins(12, 12, 6, 8)
        rows.addWidget(self.search)
        chips = QWidget()
        flow = FlowLayout(chips, spacing=6)
        for chip in (self.state, self.category, self.grade):
            flow.addWidget(chip)
        rows.addWidget(chips)
        for shown in (self.table, self._empty, self._nothing):
            self._lists.addWidget(shown)
        rows.addWidget(self._lists, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.count, 1)
        foot.addWidget(button(self.tr("月调度表…"), self._month))
        self.add = button(self.tr("登记问题…"), self._add, role="primary", icon="add")
        foot.addWidget(self.add)
        rows.addLayout(foot)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(self.pane)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 3)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def _show(self, rows: list[_Row]) -> None:
        category, grade = self.category.value, self.grade.value
        self._rows = [
            row
            for row in rows
            if (category is None or row["category"] == category) and (grade is None or row["grade"] == grade)
        ]
        self.table.show_rows(self._rows)
        if self._wanted and self.table.choose(self._wanted):
            self._wanted = ""
        elif self._rows and not self.table.current_id():
            self.table.selectRow(0)
        self.pane.refresh()

    def _on_counted(self, shown: int, total: int) -> None:
        late = sum(1 for row in self._rows if problems.is_overdue(row))
        text = self.tr("{shown} 个问题，其中超期 {late} 个").format(shown=shown, late=late)
        self.count.setText(text if total else "")
        narrowed = any(chip.value is not None for chip in (self.state, self.category, self.grade))
        none = self._nothing if total or narrowed or self.search.typed() else self._empty
        had_focus = self.table.hasFocus()
        self._lists.setCurrentWidget(self.table if shown else none)
        if had_focus and not shown:
            self.add.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add(self) -> None:
        work = self.context.work
        household = HouseholdInput(self.context, PROBLEM["household_id"])
        dialog = RecordDialog(
            self.context,
            self.window(),
            title=self.tr("登记问题"),
            form=PROBLEM,
            names=_NEW,
            inputs={"household_id": household},
            values={"scope": "户", "source": "20", "reported_on": work.today()},
            save=lambda raw, _seen: problems.add_problem(work, _given(raw)),
            done=self.tr("已登记，期限已按 135/710 算好。"),
        )
        dialog.saved.connect(lambda saved: self.open_record(saved.id))
        dialog.open()

    def _month(self) -> None:
        MonthDialog(self.context, self.window()).open()


def _given(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if value is not None}


def _light(row: _Row) -> Any:
    return words.light_badge(row["standing"], row["overdue_days"])


def _urgency(row: _Row) -> tuple[int, Any]:
    """Most overdue first, then by the day that comes next; what waits for acceptance last."""
    standing = row["standing"]
    if standing.due is None:
        return (1, 0)
    return (0, min(standing.days_left, -row["overdue_days"] if row["overdue_days"] else standing.days_left))
