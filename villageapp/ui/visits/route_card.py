"""The walk of today or of the next planned day, on the start page."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from villageapp.services import routes
from villageapp.services.routes import Route, Stop
from villageapp.services.visit_sheets import Wanted
from villageapp.ui.context import Context
from villageapp.ui.visits import words
from villageapp.ui.visits.route_dialog import RouteDialog
from villageapp.ui.visits.sheet_printing import SheetPrinting
from villageapp.ui.widgets.flow import FlowLayout, button, card, label, tool

_LEAST_LINES = 3
_ID = int(Qt.ItemDataRole.UserRole)


class RouteCard(QWidget):
    """``picked`` is the household to visit; ``changed`` after the route was planned or given up."""

    picked = Signal(str)
    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._route: Route | None = None
        self.printing = SheetPrinting(context, self)
        self.title = label(self.tr("走访路线"), "heading", wrap=True)
        self.told = label("", "quiet", wrap=True)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("路线上的农户"))
        self.list.setWordWrap(True)
        self.list.setMinimumHeight(self.list.fontMetrics().lineSpacing() * _LEAST_LINES)
        self.go_button = button(self.tr("走下一户"), self._go, role="primary", icon="next")
        self.plan_button = button(self.tr("安排路线…"), self.plan, icon="calendar")
        self.again_button = tool("calendar", self.tr("重新安排路线"), self.plan)
        self.print_button = tool("print", self.tr("打印路线上各户的走访表"), self._print)
        self.file_button = tool("save", self.tr("把走访表存为 PDF"), self._save)
        self.drop_button = tool("close", self.tr("撤掉路线"), self._drop)
        self._gap = QWidget()  # keeps everything at the top while there is no list
        self.list.setSizePolicy(
            QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored
        )  # shares what is left
        self._lay_out()
        self.list.itemActivated.connect(lambda item: self.picked.emit(str(item.data(_ID))))
        self.show_route(None)

    def show_route(self, route: Route | None) -> None:
        """Show a route, or lead to the first one."""
        self._route = route
        has_one = route is not None
        tools = (self.again_button, self.print_button, self.file_button, self.drop_button)
        for part in (self.list, *tools):
            part.setVisible(has_one)
        self.plan_button.setVisible(not has_one)
        self._gap.setVisible(not has_one)
        self.list.clear()
        if route is None:
            self.title.setText(self.tr("走访路线"))
            self.told.setText(
                self.tr("把明天要走的户按组和门牌排好，打印走访表带上；登记时会按路线给出下一户。")
            )
            self.go_button.hide()
            return
        today = self._context.work.today()
        is_today = route.day == today
        day = self.tr("今天") if is_today else words.day_text(route.day, today)
        self.title.setText(self.tr("{day}的路线").format(day=day))
        done = len(route.stops) - len(route.left)
        self.told.setText(self.tr("共 {all} 户，已走 {done} 户").format(all=len(route.stops), done=done))
        self.go_button.setVisible(is_today and bool(route.left))
        for number, stop in enumerate(route.stops, start=1):
            item = QListWidgetItem(self._text(number, stop))
            item.setData(_ID, stop.household_id)
            self.list.addItem(item)

    def plan(self) -> None:
        """Open the dialog."""
        dialog = RouteDialog(self._context, self.window())
        dialog.planned.connect(self._on_planned)
        dialog.open()

    def _lay_out(self) -> None:
        frame: QFrame
        frame, layout = card()
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.title, 1)
        layout.addLayout(head)
        layout.addWidget(self.told)
        layout.addWidget(self.list, 1)
        box = QWidget()
        row = FlowLayout(box)
        tools = (self.again_button, self.print_button, self.file_button, self.drop_button)
        for below in (self.go_button, self.plan_button, *tools):
            row.addWidget(below)
        layout.addWidget(box)
        layout.addWidget(self._gap, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)

    def _text(self, number: int, stop: Stop) -> str:
        mark = self.tr("✓ 已走") if stop.is_done else f"{number}."
        name = stop.head_name or self.tr("（无户主）")
        return "  ".join(part for part in (mark, name, stop.group_name, stop.address) if part)

    def _wanted(self) -> Wanted:
        assert self._route is not None
        stops = self._route.left or self._route.stops
        return Wanted(households=tuple(stop.household_id for stop in stops))

    def _go(self) -> None:
        if self._route is not None and self._route.left:
            self.picked.emit(self._route.left[0].household_id)

    def _print(self) -> None:
        self.printing.print(self._wanted())

    def _save(self) -> None:
        self.printing.choose_file(self._wanted())

    def _drop(self) -> None:
        if self._route is None:
            return
        work, route = self._context.work, self._route
        self._context.tasks.write(
            lambda _progress: routes.drop(work, route.day),
            owner=self,
            done=lambda _none: self._on_dropped(route),
        )

    def _on_dropped(self, route: Route) -> None:
        self.changed.emit()
        self._context.tell.done(self.tr("路线已撤掉。"), undo=lambda: self._bring_back(route))

    def _bring_back(self, route: Route) -> None:
        work, ids = self._context.work, [stop.household_id for stop in route.stops]
        self._context.tasks.write(
            lambda _progress: routes.plan(work, route.day, ids), owner=self, done=self._on_planned
        )

    def _on_planned(self, route: Route) -> None:
        day = words.day_text(route.day, self._context.work.today())
        said = self.tr("{day}的路线已定：{count} 户。").format(day=day, count=len(route.stops))
        self._context.tell.done(said)
        self.changed.emit()
