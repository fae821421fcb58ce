"""Choosing the household to visit: who is due, by group, by search; unfinished forms stand on top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from villageapp.services import households
from villageapp.services.households import HouseholdFilter
from villageapp.ui.context import Context
from villageapp.ui.households.columns import household_columns
from villageapp.ui.preferences import SCALE
from villageapp.ui.visits import words
from villageapp.ui.visits.beginnings import Beginnings, Unfinished, read_beginnings
from villageapp.ui.visits.route_card import RouteCard
from villageapp.ui.widgets.filters import SearchLine
from villageapp.ui.widgets.flow import EmptyState, FlowLayout, button, card, clear, label
from villageapp.ui.widgets.paged_table import PagedTable

_WIDTHS = {"head": 90, "next": 110, "group": 74, "type": 86, "monitoring": 128, "last": 96, "problems": 70}
"""Columns shown in this order, with pixels at 100 %: who is due first stands beside the name."""
_SIDE_WIDTH = 20
"""Characters."""
_SHOWN_UNFINISHED = 6
_LEAST_LINES = 3
_WIDEST_SIDE = 340
"""Pixels."""


class StartPage(QWidget):
    """``picked`` is the household whose form is to open."""

    picked = Signal(str)
    household_asked = Signal(str)
    import_asked = Signal()
    grid_asked = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        work = context.work
        known = {column.key: column for column in household_columns(work.today())}
        columns = [replace(known[key], width=width) for key, width in _WIDTHS.items()]
        self.table: PagedTable[households.HouseholdRow] = PagedTable(
            context.tasks, columns, lambda ids: households.rows(work, ids), self.tr("选择要走访的农户")
        )
        self.search = SearchLine(self.tr("姓名、拼音首字母、证件后四位、电话"), self.tr("查找要走访的农户"))
        self.group = QComboBox()
        self.by_due = self._chip(self.tr("按到期先后"))
        self.by_group = self._chip(self.tr("按组"))
        self.start_button = button(self.tr("开始走访"), self._pick_current, role="primary", icon="visits")
        self.grid_button = button(self.tr("补录纸质走访表…"), self.grid_asked.emit, icon="reports")
        self.route = RouteCard(context)
        self.count = label("", "quiet")
        self.unfinished, self._unfinished_layout = card()
        self.recent = QListWidget()
        self.recent.setProperty("role", "lines")  # before anything asks for its style
        self._nothing = EmptyState(self.tr("没有符合的农户"), self.tr("请换一个姓名、拼音首字母或组。"))
        self._lists, self._whole = QStackedWidget(), QStackedWidget()
        self._lay_out()
        self._listen()

    def refresh(self) -> None:
        """Read list, drafts and recent visits again."""
        work = self._context.work
        self._load()
        self._context.tasks.read(
            lambda _progress: read_beginnings(work),
            owner=self,
            done=self._show_beginnings,
            latest="beginnings",
        )

    def focus_first(self) -> None:
        """The search line."""
        self.search.setFocus(Qt.FocusReason.TabFocusReason)

    def _lay_out(self) -> None:
        page = QWidget()
        outer = QHBoxLayout(page)
        outer.setContentsMargins(16, 16, 16, 16)
        outer.setSpacing(16)
        outer.addLayout(self._left(), 1)
        outer.addWidget(self._right())
        self._whole.addWidget(page)
        first = button(self.tr("导入农户名单"), self.import_asked.emit, role="primary", icon="import")
        text = self.tr("先导入全国防返贫监测信息系统导出的名单，就可以按户走访了。")
        self._whole.addWidget(EmptyState(self.tr("还没有农户"), text, first))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._whole)

    def _left(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(10)
        column.addWidget(label(self.tr("走访"), "title"))
        column.addWidget(self.unfinished)
        self.unfinished.hide()
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.search, 1)
        for part in (self.by_due, self.by_group, self.group):
            tools.addWidget(part)
        column.addLayout(tools)
        self._lists.addWidget(self.table)
        self._lists.addWidget(self._nothing)
        column.addWidget(self._lists, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.start_button)
        foot.addWidget(self.count)
        foot.addStretch(1)
        foot.addWidget(self.grid_button)
        column.addLayout(foot)
        return column

    def _right(self) -> QWidget:
        side = self._side = QWidget()
        self._fit_side()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self.route, 1)
        column.addWidget(self._recent_card(), 1)
        return side

    def _fit_side(self) -> None:
        """As wide as the type asks for, but no more than leaves the list its room."""
        self._side.setFixedWidth(min(self.fontMetrics().horizontalAdvance("字") * _SIDE_WIDTH, _WIDEST_SIDE))

    def _recent_card(self) -> QFrame:
        frame, layout = card()
        layout.addWidget(label(self.tr("本机最近的走访"), "heading"))
        self._no_recent = label(self.tr("在这台电脑上登记的走访会列在这里。"), "quiet", wrap=True)
        layout.addWidget(self._no_recent)
        layout.addWidget(self.recent, 1)
        self._gap = QWidget()
        layout.addWidget(self._gap, 1)
        return frame

    def _listen(self) -> None:
        self.search.paused.connect(self._load)
        self.search.returnPressed.connect(self._on_search_entered)
        self.group.setAccessibleName(self.tr("组"))
        self.group.addItem(self.tr("全部组"), None)
        self.group.activated.connect(lambda _index: self._load())
        orders = QButtonGroup(self)
        for part in (self.by_due, self.by_group):
            orders.addButton(part)
            part.clicked.connect(lambda _on: self._load())
        self.by_due.setChecked(True)
        self.table.opened.connect(self.picked)
        self.table.rows.counted.connect(self._on_counted)
        self.table.rows.failed.connect(self._context.tell.error)
        self.table.set_scale(self._context.settings.get(SCALE))
        self._context.signals.scaled.connect(self.table.set_scale)
        self._context.signals.scaled.connect(lambda _percent: self._fit_side())
        self.recent.setAccessibleName(self.tr("本机最近的走访"))
        self.recent.setWordWrap(True)
        self.recent.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.recent.setMinimumHeight(self.recent.fontMetrics().lineSpacing() * _LEAST_LINES)
        self.recent.itemActivated.connect(self._on_recent)
        self.recent.itemClicked.connect(self._on_recent)
        self.route.picked.connect(self.picked)
        self.route.changed.connect(self.refresh)

    def _load(self) -> None:
        work, text = self._context.work, self.search.text().strip()
        filters = HouseholdFilter(group_name=self.group.currentData())
        by_due = self.by_due.isChecked()
        self.table.load(
            lambda _progress: households.list_ids(
                work, text=text, filters=filters, sort="group" if text or not by_due else "next_visit"
            )
        )

    def _show_beginnings(self, found: Beginnings) -> None:
        self._whole.setCurrentIndex(0 if found.has_households else 1)
        self._show_groups(found.groups)
        self._show_unfinished(found.unfinished)
        self.route.show_route(found.route)
        self._no_recent.setVisible(not found.recent)
        self._gap.setVisible(not found.recent)
        self.recent.setVisible(bool(found.recent))
        self.recent.clear()
        for visit in found.recent:
            item = QListWidgetItem(self._recent_text(visit))
            item.setData(Qt.ItemDataRole.UserRole, visit["household_id"])
            self.recent.addItem(item)

    def _show_groups(self, names: tuple[str, ...]) -> None:
        chosen = self.group.currentData()
        self.group.clear()
        self.group.addItem(self.tr("全部组"), None)
        for name in names:
            self.group.addItem(name, name)
        self.group.setCurrentIndex(max(0, self.group.findData(chosen)))

    def _show_unfinished(self, waiting: tuple[Unfinished, ...]) -> None:
        clear(self._unfinished_layout)
        self.unfinished.setVisible(bool(waiting))
        if not waiting:
            return
        title = self.tr("有 {count} 份未完成的走访，点一下接着填：").format(count=len(waiting))
        self._unfinished_layout.addWidget(label(title, "warn"))
        box = QWidget()
        flow = FlowLayout(box)
        today = self._context.work.today()
        for one in waiting[:_SHOWN_UNFINISHED]:
            name = one.head_name or self.tr("（无户主）")
            text = self.tr("{name}({moment})").format(
                name=name, moment=words.moment_text(one.saved_at, today)
            )
            flow.addWidget(button(text, partial(self.picked.emit, one.household_id)))
        self._unfinished_layout.addWidget(box)
        rest = len(waiting) - _SHOWN_UNFINISHED
        if rest > 0:
            more = self.tr("还有 {count} 份在“今日工作”里。").format(count=rest)
            self._unfinished_layout.addWidget(label(more, "quiet"))

    def _recent_text(self, visit: Mapping[str, Any]) -> str:
        moment = words.moment_text(visit["started_at"], self._context.work.today())
        name = visit["head_name"] or self.tr("（无户主）")
        group = visit["household_group"] or self.tr("未分组")
        return self.tr("{name} {group}\n{moment} {result}").format(
            name=name, group=group, moment=moment, result=visit["result"]
        )

    def _on_counted(self, count: int) -> None:
        self._lists.setCurrentIndex(0 if count else 1)
        self.count.setText(self.tr("共 {count} 户").format(count=count))
        self.start_button.setEnabled(count > 0)
        if count and not self.table.current_id():
            self.table.selectRow(0)

    def _on_search_entered(self) -> None:
        """Enter goes into the list, on the best match; Enter there opens it."""
        self.table.setFocus(Qt.FocusReason.TabFocusReason)
        if self.table.rows.rowCount():
            self.table.selectRow(0)

    def _pick_current(self) -> None:
        chosen = self.table.current_id()
        if chosen is not None:
            self.picked.emit(chosen)

    def _on_recent(self, item: QListWidgetItem) -> None:
        self.household_asked.emit(item.data(Qt.ItemDataRole.UserRole))

    def _chip(self, text: str) -> QToolButton:
        chip = QToolButton()
        chip.setText(text)
        chip.setCheckable(True)
        chip.setProperty("role", "chip")
        chip.setAccessibleName(text)
        return chip
