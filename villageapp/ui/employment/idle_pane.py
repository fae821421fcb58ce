"""Households in which somebody can work and nobody does."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from villageapp.services import employment_lists
from villageapp.services.employment_lists import EmploymentPage
from villageapp.services.employment_rows import IdleHousehold
from villageapp.services.groups import group_order
from villageapp.ui.context import Context
from villageapp.ui.households.columns import short_group
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.badge import Badge, Mood
from villageapp.ui.widgets.flow import EmptyState, FlowLayout, button, label
from villageapp.ui.widgets.list_table import ListColumn, ListTable


class IdlePane(QWidget):
    """The list; Enter opens the household, a button its people in the ledger."""

    def __init__(self, context: Context, in_ledger: Callable[[str], object]) -> None:
        super().__init__()
        self._context = context
        self.counts = label("", wrap=True)
        self.table: ListTable[IdleHousehold] = ListTable(
            self._columns(),
            self.tr("有劳力未就业的农户"),
            lambda row: row.id,
            scale=context.settings.get(SCALE),
        )
        nobody = EmptyState(
            self.tr("每个有劳动力的户都有人就业"),
            self.tr("有劳动力而没有一个人务工、在岗或自主创业的户会列在这里。"),
        )
        self.home = button(self.tr("打开农户"), self._open_home)
        self.ledger = button(
            self.tr("到台账里登记"), lambda: in_ledger(self.table.current_id()), role="primary"
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(nobody)
        box = QWidget()
        flow = FlowLayout(box, spacing=8)
        flow.addWidget(self.ledger)
        flow.addWidget(self.home)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.counts)
        layout.addWidget(self._stack, 1)
        layout.addWidget(box)
        self.table.opened.connect(context.signals.household_asked)
        self.table.chosen.connect(lambda _id: self._say())
        context.signals.scaled.connect(self.table.set_scale)
        self._say()

    def refresh(self) -> None:
        """Read the list again."""
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: employment_lists.page(work), owner=self, done=self._show, latest="idle"
        )

    def _columns(self) -> list[ListColumn[IdleHousehold]]:
        return [
            ListColumn("head", self.tr("户主"), 90, lambda r: r.head_name, is_optional=False),
            ListColumn(
                "group",
                self.tr("组"),
                72,
                lambda r: short_group(r.group_name),
                lambda r: group_order(r.group_name),
            ),
            ListColumn("month", self.tr("本月核实"), 110, self._month),
            ListColumn("people", self.tr("有劳动力的人"), 300, lambda r: "、".join(r.people)),
            ListColumn("planned", self.tr("想务工的"), 300, lambda r: "、".join(r.planned)),
        ]

    def _month(self, row: IdleHousehold) -> Badge:
        if row.confirmed:
            return Badge(self.tr("✓ 已核实"), Mood.GOOD)
        return Badge(self.tr("○ 未核实"), Mood.WARN)

    def _show(self, page: EmploymentPage) -> None:
        self.table.show_rows(page.idle)
        asked = sum(row.confirmed for row in page.idle)
        self.counts.setText(
            self.tr("{count} 户有劳动力而无人就业，本月已核实 {asked} 户。").format(
                count=len(page.idle), asked=asked
            )
        )
        self._stack.setCurrentIndex(0 if page.idle else 1)
        self._say()

    def _say(self) -> None:
        for part in (self.home, self.ledger):
            part.setEnabled(bool(self.table.current_id()))

    def _open_home(self) -> None:
        self._context.signals.household_asked.emit(self.table.current_id())
