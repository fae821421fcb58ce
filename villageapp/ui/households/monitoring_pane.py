"""监测: the household's clues and cases with what is due; Enter opens them on their own screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from villageapp.services import case_board
from villageapp.ui.context import Context
from villageapp.ui.monitoring import words
from villageapp.ui.preferences import SCALE
from villageapp.ui.screens import MONITORING
from villageapp.ui.widgets.badge import Badge
from villageapp.ui.widgets.flow import EmptyState, button
from villageapp.ui.widgets.list_table import ListColumn, ListTable

if TYPE_CHECKING:
    from villageapp.services.case_board import BoardCard
    from villageapp.services.workspace import Workspace


def _read(work: Workspace, household_id: str) -> list[BoardCard]:
    return [card for card in case_board.board(work).cards if card.household_id == household_id]


class MonitoringPane(QWidget):
    """Reads when the tab is seen."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._household = ""
        self.table: ListTable[BoardCard] = ListTable(
            self._columns(), self.tr("监测"), lambda card: card.id, scale=context.settings.get(SCALE)
        )
        context.signals.scaled.connect(self.table.set_scale)
        self.table.opened.connect(self._open)
        empty = EmptyState(
            self.tr("没有监测记录"), self.tr("走访发现风险会自动登记线索；也可以在“监测帮扶”里登记。")
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(empty)
        self._stack.addWidget(self.table)
        row = QHBoxLayout()
        self.look = button(self.tr("打开案卷"), lambda: self._open(self.table.current_id()))
        self.look.hide()
        row.addWidget(self.look)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addWidget(self._stack, 1)
        layout.addLayout(row)

    def show_household(self, household_id: str) -> None:
        """Remember whose cases are wanted."""
        self._household = household_id
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """Read them in the background."""
        work, wanted = self._context.work, self._household
        if wanted:
            self._context.tasks.read(
                lambda _progress: _read(work, wanted), owner=self, done=self._show, latest="cases"
            )

    def showEvent(self, event: object) -> None:
        """Read when the tab is opened."""
        super().showEvent(event)  # type: ignore[arg-type]
        self.refresh()

    def _columns(self) -> tuple[ListColumn[BoardCard], ...]:
        return (
            ListColumn("state", self.tr("状态"), 96, lambda c: words.state_badge(c.state), is_optional=False),
            ListColumn("category", self.tr("类别"), 110, lambda c: words.category_text(c.category)),
            ListColumn("risks", self.tr("风险"), 130, lambda c: words.risks_text(c.risks)),
            ListColumn("left", self.tr("期限"), 90, lambda c: words.left_badge(c.days_left) or Badge("")),
            ListColumn("due", self.tr("下一件事"), 180, lambda c: c.due_text),
            ListColumn("exit", self.tr("最早消除"), 110, lambda c: words.exit_text(c.earliest_exit)),
        )

    def _show(self, found: list[BoardCard]) -> None:
        self.table.show_rows(found)
        self._stack.setCurrentIndex(1 if found else 0)
        self.look.setVisible(bool(found))
        if found and not self.table.current_id():
            self.table.selectRow(0)

    def _open(self, record_id: str) -> None:
        if record_id:
            self._context.signals.record_asked.emit(MONITORING, record_id)
