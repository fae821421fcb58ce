"""待处理: single changes that could not be merged here, why, and trying again; everything else goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from villageapp.domain import dates
from villageapp.services import quarantined
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.flow import button, label
from villageapp.ui.widgets.list_table import ListColumn, ListTable

if TYPE_CHECKING:
    from villageapp.services.quarantined import Quarantined, Retried


_MOST = 5
"""Lines of the list that are seen at once."""


class WaitingCard(QFrame):
    """Hidden while nothing waits."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setProperty("surface", "card")
        self.heading = label("", "heading")
        self.table: ListTable[Quarantined] = ListTable(
            self._columns(), self.tr("待处理的改动"), _key, scale=context.settings.get(SCALE)
        )
        self.why = label("", wrap=True, selectable=True)
        self.table.chosen.connect(lambda _key: self._say())
        context.signals.scaled.connect(self._on_scaled)
        self.retry = button(self.tr("再试一次"), self._retry)
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        head.addWidget(self.retry)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(18, 14, 18, 14)
        rows.addLayout(head)
        text = self.tr("这些改动已收到并原样保存，但本机的版本不能并入；其他内容不受影响。升级后会自动再试。")
        rows.addWidget(label(text, "quiet", wrap=True))
        rows.addWidget(self.table)
        rows.addWidget(self.why)
        self.hide()

    def refresh(self) -> None:
        """Read what waits."""
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: quarantined.listed(work), owner=self, done=self._show, latest="waiting"
        )

    def _columns(self) -> tuple[ListColumn[Quarantined], ...]:
        return (
            ListColumn("title", self.tr("记录"), 90, lambda r: r.title, is_optional=False),
            ListColumn("by", self.tr("谁改的"), 80, lambda r: r.by),
            ListColumn("at", self.tr("发现时间"), 130, lambda r: dates.local_text(r.noted_at)),
            ListColumn("reason", self.tr("为什么"), 320, lambda r: r.reason, is_optional=False),
        )

    def _show(self, found: Sequence[Quarantined]) -> None:
        self.heading.setText(self.tr("待处理（{count}）").format(count=len(found)))
        self.table.show_rows(found)
        if found and not self.table.current_id():
            self.table.selectRow(0)
        self._fit()
        self._say()
        self.setVisible(bool(found))

    def _on_scaled(self, percent: int) -> None:
        self.table.set_scale(percent)
        self._fit()

    def _fit(self) -> None:
        """As high as its rows, within bounds."""
        lines = min(max(self.table.rows.rowCount(), 1), _MOST) + 2  # the heads of the columns, a scroll bar
        self.table.setFixedHeight(lines * self.table.verticalHeader().defaultSectionSize())

    def _say(self) -> None:
        """The whole reason of the chosen line; a column is too narrow for it."""
        chosen = self.table.current_id()
        self.why.setText(next((row.reason for row in self.table.rows.rows() if _key(row) == chosen), ""))

    def _retry(self) -> None:
        work = self._context.work
        self._context.tasks.write(lambda _progress: quarantined.retry(work), owner=self, done=self._retried)

    def _retried(self, outcome: Retried) -> None:
        text = self.tr("并入 {merged} 项，还有 {left} 项待处理。")
        self._context.tell.done(text.format(merged=outcome.merged, left=outcome.left))
        self.refresh()


def _key(found: Quarantined) -> str:
    return f"{found.replica_id}/{found.seq}"
