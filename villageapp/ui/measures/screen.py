"""The screen 帮扶措施: every measure with totals, what becomes of many at once, and households without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from villageapp.domain.changes import ChangeSet
from villageapp.services import measure_entries, measure_lists, records
from villageapp.services.measure_lists import MeasurePage, MeasureRow, UnhelpedRow
from villageapp.ui.context import Context
from villageapp.ui.measures import columns, words
from villageapp.ui.measures.change_dialogs import ask_change, ask_detail
from villageapp.ui.measures.filters import MeasureFilters
from villageapp.ui.measures.many_dialog import Deed, ManyDialog
from villageapp.ui.measures.measure_dialog import MeasureDialog
from villageapp.ui.preferences import SCALE, Preference
from villageapp.ui.screen import ScreenPage
from villageapp.ui.widgets.flow import EmptyState, FlowLayout, button, label
from villageapp.ui.widgets.list_table import ListTable

HIDDEN = Preference("measures/hidden_columns", str, ",".join(columns.HIDDEN_AT_FIRST))
"""Columns of the list that are not shown."""
_ENTITIES = ("measure", "household", "member", "cadre", "visit")


class MeasuresScreen(ScreenPage):
    """Filters, the list, its totals, and what can be done with the selected lines."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.filters = MeasureFilters()
        scale = context.settings.get(SCALE)
        self.table: ListTable[MeasureRow] = ListTable(
            columns.measure_columns(), self.tr("帮扶措施"), lambda row: row.id, scale=scale, many=True
        )
        self.unhelped: ListTable[UnhelpedRow] = ListTable(
            columns.unhelped_columns(), self.tr("没有措施的农户"), lambda row: row.id, scale=scale
        )
        self.all = self._side(self.tr("全部措施"))
        self.none = self._side(self.tr("没有措施的农户"))
        self.totals = label("", wrap=True)
        self.picked = label("", "quiet")
        self._stack = QStackedWidget()
        self._empty = EmptyState("", "", button(self.tr("登记第一项措施"), self.add_measure, role="primary"))
        self._nothing = EmptyState(self.tr("没有符合条件的措施"), self.tr("换个条件，或点“清除筛选”。"))
        self._unhelped_rows: list[UnhelpedRow] = []
        self._wanted_record = ""
        self._shown_page = MeasurePage((), measure_lists.Totals(), (), (), 0)
        self._lay_out()
        self._listen()

    def refresh(self) -> None:
        """Read list, totals and the other list again."""
        work, wanted = self.context.work, self.filters.wanted()
        self.context.tasks.read(
            lambda _progress: (
                measure_lists.page(work, wanted),
                measure_lists.without_measure(work, wanted.year),
            ),
            owner=self,
            done=self._show,
            latest="page",
        )

    def concerns(self, changes: ChangeSet) -> bool:
        """Measures, and what their lines say of people and visits."""
        return any(changes.touches(entity) for entity in _ENTITIES)

    def focus_first(self) -> None:
        """The search line."""
        self.filters.search.setFocus(Qt.FocusReason.TabFocusReason)

    def open_household(self, household_id: str) -> None:
        """A new measure for this household."""
        self.add_measure(household_id)

    def open_record(self, record_id: str) -> None:
        """Show a measure in the list; its filters are taken away when they hide it."""
        if not self.table.choose(record_id):
            self.filters.reset()
            self._wanted_record = record_id
        self.all.setChecked(True)
        self._turn()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def add_measure(self, household_id: str = "") -> None:
        """A dialog for a new measure, of this household when it is named."""
        if household_id:
            row = next((r for r in self._unhelped_rows if r.id == household_id), None)
            known = (household_id, row.head_name if row is not None else self._name_of(household_id))
            MeasureDialog(self.context, self.window(), household=known).open()
        else:
            MeasureDialog(self.context, self.window()).open()

    def edit(self, measure_id: str) -> None:
        """Every field of one measure but its household."""
        row = self._row(measure_id)
        if row is None:
            return
        work = self.context.work
        self.context.tasks.read(
            lambda _progress: measure_entries.editing(work, measure_id),
            owner=self,
            done=lambda found: ask_change(self.context, self.window(), row, found),
            latest="edit",
        )

    def _show(self, found: tuple[MeasurePage, list[UnhelpedRow]]) -> None:
        page, unhelped = found
        self._shown_page, self._unhelped_rows = page, unhelped
        self.filters.offer(page.years, page.household_groups)
        self.table.show_rows(page.rows)
        self.unhelped.show_rows(unhelped)
        self.totals.setText(words.totals_text(page.totals, len(page.rows)))
        self.none.setText(self.tr("没有措施的农户 {count}").format(count=page.without))
        self.none.setAccessibleName(self.none.text())
        if self._wanted_record and self.table.choose(self._wanted_record):
            self._wanted_record = ""
        self._turn()

    def _turn(self) -> None:
        """Show the list that is asked for, or why it is empty."""
        narrowed = self.filters.is_narrowed()
        if self.none.isChecked():
            self._stack.setCurrentWidget(self.unhelped if self._unhelped_rows else self._all_helped)
        elif self._shown_page.rows:
            self._stack.setCurrentWidget(self.table)
        else:
            self._stack.setCurrentWidget(self._nothing if narrowed else self._empty)
        on_list = not self.none.isChecked()
        self.totals.setVisible(on_list)
        self._say_selected()

    def _lay_out(self) -> None:
        self._empty.say(
            self.tr("还没有帮扶措施"),
            self.tr("给农户落实的产业、就业、健康、教育等措施登记在这里。走访时会逐项核对，明白卡上会打印。"),
        )
        self._all_helped = EmptyState(self.tr("每户都有措施"), self.tr("按上面选定的年度，没有一户是空白。"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(10)
        layout.addLayout(self._head())
        layout.addWidget(self.filters)
        for part in (self.table, self.unhelped, self._empty, self._nothing, self._all_helped):
            self._stack.addWidget(part)
        layout.addWidget(self._stack, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.totals, 1)
        foot.addWidget(self.picked)
        layout.addLayout(foot)
        layout.addWidget(self._deeds())

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label(self.tr("帮扶措施"), "title"))
        row.addSpacing(12)
        sides = QButtonGroup(self)
        for side in (self.all, self.none):
            sides.addButton(side)
            row.addWidget(side)
        row.addStretch(1)
        self.columns = button(self.tr("选择列…"), self._choose_columns, role="flat", icon="columns")
        row.addWidget(self.columns)
        self.add = button(
            self.tr("登记措施"), self.add_measure, role="primary", icon="add", shortcut="Ctrl+N"
        )
        row.addWidget(self.add)
        return row

    def _deeds(self) -> QWidget:
        box = QWidget()
        flow = FlowLayout(box, spacing=8)
        self.status = button(self.tr("改状态…"), lambda: self._many(Deed.STATUS))
        self.confirm = button(self.tr("确认落实…"), lambda: self._many(Deed.CONFIRM))
        self.refuse = button(self.tr("未落实…"), lambda: self._many(Deed.NOT_DELIVERED))
        self.change = button(self.tr("修改…"), lambda: self.edit(self.table.current_id()))
        self.detail = button(self.tr("明细…"), self._ask_detail)
        self.remove = button(self.tr("删除…"), self._ask_remove)
        self.copy = button(self.tr("复制到表格"), self._copy)
        self.home = button(self.tr("打开农户"), self._open_home)
        self.add_here = button(self.tr("给这户登记措施"), self._add_here)
        for part in (
            self.status,
            self.confirm,
            self.refuse,
            self.change,
            self.detail,
            self.remove,
            self.add_here,
            self.home,
            self.copy,
        ):
            flow.addWidget(part)
        return box

    def _listen(self) -> None:
        self.filters.altered.connect(self.refresh)
        self.table.hide_columns(self.context.settings.get(HIDDEN).split(","))
        self.table.columns_changed.connect(
            lambda: self.context.settings.set(HIDDEN, ",".join(self.table.hidden_columns()))
        )
        self.table.opened.connect(self.edit)
        self.table.selectionModel().selectionChanged.connect(lambda _on, _off: self._say_selected())
        self.unhelped.chosen.connect(lambda _id: self._say_selected())
        self.unhelped.opened.connect(self.context.signals.household_asked)
        for table in (self.table, self.unhelped):
            self.context.signals.scaled.connect(table.set_scale)
        for side in (self.all, self.none):
            side.clicked.connect(lambda _on: self._turn())
        self.all.setChecked(True)

    def _say_selected(self) -> None:
        on_list = not self.none.isChecked()
        rows = [row for row in map(self._row, self.table.selected_ids()) if row is not None]
        for part in (
            self.status,
            self.confirm,
            self.refuse,
            self.change,
            self.detail,
            self.remove,
            self.columns,
        ):
            part.setVisible(on_list)
        self.add_here.setVisible(not on_list)
        for part in (self.status, self.confirm, self.refuse):
            part.setEnabled(bool(rows))
        self.change.setEnabled(len(rows) == 1)
        self.remove.setEnabled(len(rows) == 1)
        form = measure_entries.detail_form(rows[0].item) if len(rows) == 1 else None
        self.detail.setEnabled(form is not None)
        self.detail.setText(self.tr("{what}明细…").format(what=form.title) if form else self.tr("明细…"))
        self.detail.setAccessibleName(self.detail.text())
        self.add_here.setEnabled(bool(self.unhelped.current_id()))
        self.home.setEnabled(bool(self._home_id()))
        self.copy.setEnabled(bool(self._shown_page.rows if on_list else self._unhelped_rows))
        self.picked.setText(words.selected_text(rows) if on_list and len(rows) > 1 else self._hint(on_list))

    def _hint(self, on_list: bool) -> str:
        if not on_list:
            return self.tr("回车打开农户")
        return self.tr("按住 Ctrl 或 Shift 可选多条，Ctrl+A 全选") if self._shown_page.rows else ""

    def _many(self, deed: Deed) -> None:
        ids = self.table.selected_ids()
        if ids:
            ManyDialog(self.context, self.window(), deed, ids).open()

    def _ask_detail(self) -> None:
        """What the selected measure has beside it: its loan, post, training …"""
        row = self._row(self.table.current_id())
        if row is None:
            return
        work = self.context.work
        self.context.tasks.read(
            lambda _progress: measure_entries.detail_of(work, row.id),
            owner=self,
            done=lambda found: ask_detail(self.context, self.window(), row, found),
            latest="detail",
        )

    def _ask_remove(self) -> None:
        """One that was recorded by mistake; what ended is given the status 终止 instead."""
        row = self._row(self.table.current_id())
        if row is None:
            return
        work = self.context.work
        self.context.tell.ask(
            self.tr("删除这条措施？{name}：{title}").format(name=row.head_name, title=row.title),
            yes=self.tr("删除"),
            details=self.tr("登记错了才删除；已经结束的措施请改状态为“终止”。删除后可按 Ctrl+Z 撤销。"),
            then=lambda: self.context.tasks.write(
                lambda _progress: records.remove(work, "measure", row.id),
                owner=self,
                done=lambda _saved: self.context.tell.done(self.tr("措施已删除。")),
            ),
        )

    def _copy(self) -> None:
        table: ListTable[Any] = self.unhelped if self.none.isChecked() else self.table
        table.copy()
        count = len(table.selected_ids()) or table.rows.rowCount()
        self.context.tell.done(self.tr("已复制 {count} 行，可粘贴到 WPS 或 Excel。").format(count=count))

    def _open_home(self) -> None:
        household_id = self._home_id()
        if household_id:
            self.context.signals.household_asked.emit(household_id)

    def _add_here(self) -> None:
        self.add_measure(self.unhelped.current_id())

    def _home_id(self) -> str:
        if self.none.isChecked():
            return self.unhelped.current_id()
        row = self._row(self.table.current_id())
        return row.household_id if row is not None else ""

    def _choose_columns(self) -> None:
        self.table.column_menu().popup(self.columns.mapToGlobal(self.columns.rect().bottomLeft()))

    def _row(self, measure_id: str) -> MeasureRow | None:
        return next((row for row in self._shown_page.rows if row.id == measure_id), None)

    def _name_of(self, household_id: str) -> str:
        rows: Sequence[MeasureRow] = self._shown_page.rows
        return next((r.head_name for r in rows if r.household_id == household_id), "") or self.tr("这一户")

    def _side(self, text: str) -> QToolButton:
        side = QToolButton()
        side.setText(text)
        side.setCheckable(True)
        side.setProperty("role", "chip")
        side.setAccessibleName(text)
        return side
