"""村民积分: what was given for what, and how households stand."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from villageapp.domain.team_work import POINTS
from villageapp.services import point_standings, records
from villageapp.services.point_standings import Standing
from villageapp.ui.context import Context
from villageapp.ui.households.columns import short_group
from villageapp.ui.measures.household_input import HouseholdInput
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.flow import EmptyState, button, label
from villageapp.ui.widgets.list_table import ListColumn, ListTable
from villageapp.ui.widgets.record_dialog import RecordDialog

_NEW = ("subject", "household_id", "day", "reason", "points")


class PointsPane(QWidget):
    """Households by points of this year; Enter opens one."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.table: ListTable[Standing] = ListTable(
            self._columns(), self.tr("村民积分"), lambda r: r.household_id, scale=context.settings.get(SCALE)
        )
        context.signals.scaled.connect(self.table.set_scale)
        self.table.opened.connect(context.signals.household_asked.emit)
        self.said = label("", "quiet", wrap=True)
        self.add = button(self.tr("登记积分…"), self._add, role="primary", icon="add")
        head = QHBoxLayout()
        head.addWidget(self.said, 1)
        head.addWidget(self.add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addLayout(head)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(
            EmptyState(
                self.tr("还没有积分记录"),
                self.tr("环境整治、志愿服务、邻里互助等都可以登记积分，这里按户排出名次。"),
            )
        )
        layout.addWidget(self._stack, 1)

    def refresh(self) -> None:
        """Read the standings."""
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: point_standings.standings(work), owner=self, done=self._show, latest="points"
        )

    def _columns(self) -> tuple[ListColumn[Standing], ...]:
        return (
            ListColumn("rank", self.tr("名次"), 60, lambda r: str(r.rank), order=lambda r: r.rank, is_number=True),
            ListColumn("head", self.tr("户主"), 90, lambda r: r.head_name, is_optional=False),
            ListColumn("group", self.tr("组"), 90, lambda r: short_group(r.group)),
            ListColumn("year", self.tr("今年积分"), 90, lambda r: str(r.this_year), order=lambda r: r.this_year, is_number=True),
            ListColumn("all", self.tr("累计"), 90, lambda r: str(r.all_time), order=lambda r: r.all_time, is_number=True),
            ListColumn("last", self.tr("最近一次"), 260, lambda r: r.latest),
        )  # fmt: skip

    def _show(self, found: list[Standing]) -> None:
        self.table.show_rows(found)
        count = len(found)
        self._stack.setCurrentIndex(0 if found else 1)
        self.said.setText(self.tr("{count} 户有积分").format(count=count) if count else "")

    def _add(self) -> None:
        work = self._context.work
        household = HouseholdInput(self._context, POINTS["household_id"])
        start: dict[str, Any] = {"subject": point_standings.OF_HOUSEHOLD, "day": work.today()}
        RecordDialog(
            self._context,
            self.window(),
            title=self.tr("登记积分"),
            form=POINTS,
            names=_NEW,
            columns=1,
            inputs={"household_id": household},
            values=start,
            save=lambda raw, _seen: records.record(
                work, "points", {n: v for n, v in raw.items() if v is not None}
            ),
        ).open()
