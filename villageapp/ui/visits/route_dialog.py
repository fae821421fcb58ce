"""Planning the walk of a day: from the households that are due, or from a group; ticked ones are on the route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from villageapp.domain.fields import Field, Kind, parse
from villageapp.services import households, routes
from villageapp.services.households import HouseholdRow
from villageapp.services.routes import Route
from villageapp.ui.context import Context
from villageapp.ui.visits import words
from villageapp.ui.widgets.field_inputs import DateInput
from villageapp.ui.widgets.flow import button, label

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_DUE = ""
"""Source: households whose visit is due; else the name of a group."""
_DAY = Field("day", "走访日期", Kind.DATE, required=True)
_ID = int(Qt.ItemDataRole.UserRole)
_WIDTH, _HEIGHT = 40, 36
"""In characters."""


@dataclass(frozen=True, slots=True)
class _Offer:
    groups: tuple[str, ...]
    rows: tuple[HouseholdRow, ...]
    planned: frozenset[str]
    """Households that stand on the route of that day already."""


def _read(work: Workspace, source: str, day: date) -> _Offer:
    ids = routes.of_due(work, day) if source == _DUE else routes.of_group(work, source)
    kept = routes.of_day(work, day)
    pages = (ids[at : at + households.PAGE] for at in range(0, len(ids), households.PAGE))
    rows = tuple(row for page in pages for row in households.rows(work, page))
    planned = frozenset(stop.household_id for stop in kept.stops) if kept is not None else frozenset()
    return _Offer(tuple(households.groups(work)), rows, planned)


class RouteDialog(QDialog):
    """``planned`` with the Route after it was kept."""

    planned = Signal(object)

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("安排走访路线"))
        self.day = DateInput(_DAY)
        self.day.set_value(context.work.today() + timedelta(days=1))
        self.source = QComboBox()
        self.source.setAccessibleName(self.tr("从哪些户里选"))
        self.source.addItem(self.tr("到期该走的户"), _DUE)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("要走的农户，空格勾选"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.count = label("", "quiet", wrap=True)
        self.ok_button = button(self.tr("定下路线"), self._plan, role="primary")
        self._lay_out()
        self.source.activated.connect(lambda _index: self._load())
        self.day.line.editingFinished.connect(self._load)
        self.list.itemChanged.connect(lambda _item: self._count())
        self._load()

    def chosen(self) -> list[str]:
        """Ticked households in order."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return [str(item.data(_ID)) for item in items if item.checkState() == Qt.CheckState.Checked]

    def _lay_out(self) -> None:
        top, bottom = QHBoxLayout(), QHBoxLayout()
        top.setSpacing(10)
        for text, part in ((self.tr("日期"), self.day), (self.tr("选自"), self.source)):
            named = label(text)
            named.setBuddy(part)
            top.addWidget(named)
            top.addWidget(part)
        top.addStretch(1)
        bottom.addWidget(button(self.tr("全选"), lambda: self._tick_all(ticked=True)))
        bottom.addWidget(button(self.tr("全不选"), lambda: self._tick_all(ticked=False)))
        bottom.addStretch(1)
        bottom.addWidget(button(self.tr("取消"), self.reject))
        bottom.addWidget(self.ok_button)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addLayout(top)
        layout.addWidget(label(self.tr("按组和门牌排好了顺序，去掉不走的户即可。"), "quiet", wrap=True))
        layout.addWidget(self.list, 1)
        layout.addWidget(self.count)
        layout.addLayout(bottom)
        character, screen = self.fontMetrics().horizontalAdvance("口"), self.screen().availableGeometry()
        self.resize(
            min(character * _WIDTH, screen.width() - 60), min(character * _HEIGHT, screen.height() - 80)
        )

    def _load(self) -> None:
        work, source, day = self._context.work, self.source.currentData(), self._day()
        self._context.tasks.read(
            lambda _progress: _read(work, source, day), owner=self, done=self._show, latest="offer"
        )

    def _day(self) -> date:
        """The day as typed; tomorrow while it cannot be read."""
        try:
            found = parse(_DAY, self.day.value())
        except ValueError:  # ``_plan`` says so
            found = None
        return found if isinstance(found, date) else self._context.work.today() + timedelta(days=1)

    def _show(self, offer: _Offer) -> None:
        if self.source.count() == 1:
            for group in offer.groups:
                self.source.addItem(group, group)
        is_kept = any(row.id in offer.planned for row in offer.rows)
        self.list.blockSignals(True)
        self.list.clear()
        for row in offer.rows:
            item = QListWidgetItem(self._text(row))
            item.setData(_ID, row.id)
            ticked = row.id in offer.planned if is_kept else True
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.blockSignals(False)
        self._count()

    def _text(self, row: HouseholdRow) -> str:
        today = self._context.work.today()
        last = words.day_text(row.last_visit_on, today) if row.last_visit_on else self.tr("没有走访过")
        said = self.tr("{name}  {group}  上次走访：{last}")
        return said.format(name=row.head_name or self.tr("（无户主）"), group=row.group_name, last=last)

    def _tick_all(self, *, ticked: bool) -> None:
        state = Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
        self.list.blockSignals(True)
        for row in range(self.list.count()):
            self.list.item(row).setCheckState(state)
        self.list.blockSignals(False)
        self._count()

    def _count(self) -> None:
        chosen = len(self.chosen())
        if self.list.count():
            said = self.tr("共 {all} 户，选了 {chosen} 户").format(all=self.list.count(), chosen=chosen)
        else:
            said = self.tr("这一天没有到期的户，请在“选自”里改选一个组。")
        self.count.setText(said)
        self.ok_button.setEnabled(chosen > 0)

    def _plan(self) -> None:
        work, chosen = self._context.work, self.chosen()
        try:
            day = parse(_DAY, self.day.value())
        except ValueError as error:
            self.count.setText(self.tr("日期：{reason}").format(reason=error))
            return
        if not isinstance(day, date) or day < work.today():
            self.count.setText(self.tr("请选今天或以后的日期。"))
            return
        self._context.tasks.write(
            lambda _progress: _keep(work, day, chosen), owner=self, done=self._on_planned
        )

    def _on_planned(self, route: Route) -> None:
        self.planned.emit(route)
        self.accept()


def _keep(work: Workspace, day: date, chosen: Sequence[str]) -> Route:
    return routes.plan(work, day, chosen)
